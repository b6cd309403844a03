# SPDX-License-Identifier: MIT
"""Two brokers on one Redis while each of the three is killed, stopped or cut off, and while a part of what Redis
publishes is lost. No acknowledged message is lost or doubled, and all members hear the same messages in the same order.
ROOMWIRE_ROUNDS=100 in the environment runs a hundred rounds."""

import asyncio
import contextlib
import os
import random

import pytest
from brokers import Crowd, make_brokers, running
from lossy_proxy import REDIS, LossyProxy
from namespaces import Network, why_not
from redis_server import DURABLE, RedisServer
from stack import eventually

ROUNDS = int(os.environ.get("ROOMWIRE_ROUNDS", 1))
NAMES = ("east", "west")
SETTINGS = ("layer.backend=redis", "redis.layout=none", "redis.room_messages=10000000")
ACKS = 150  # acknowledged messages between two faults
LOSS = 0.1

seed_of = random.Random(int(os.environ.get("ROOMWIRE_SEED", random.randrange(1000000)))).randrange
why_no_network = why_not()


def brokers_at(url, network=None):
    return running(make_brokers(NAMES, *SETTINGS, f"redis.url={url}", network=network))


async def restart(broker):
    await asyncio.to_thread(broker.start)


async def kill_a_broker(crowd, redis, broker):
    broker.kill()
    await crowd.more(ACKS)
    await restart(broker)


async def stop_a_broker_for_a_while(crowd, redis, broker):
    broker.pause()
    await crowd.more(ACKS)
    broker.resume()


async def kill_redis(crowd, redis, broker):
    redis.kill()
    await crowd.refused(*crowd.brokers)
    await asyncio.to_thread(redis.start)


async def stop_redis_for_a_while(crowd, redis, broker):
    redis.pause()
    await crowd.refused(*crowd.brokers)
    redis.resume()


async def cut_the_connections(crowd, redis, broker):
    for kind in ("normal", "pubsub"):
        redis.cli("CLIENT", "KILL", "TYPE", kind)
        await crowd.more(ACKS)


FAULTS = (kill_a_broker, stop_a_broker_for_a_while, kill_redis, cut_the_connections, stop_redis_for_a_while,
          kill_a_broker)


async def tell(crowd, redis, faults):
    """Runs one fault after the other, at each broker in turn."""
    await crowd.more(ACKS)
    for number, fault in enumerate(faults * ROUNDS):
        await fault(crowd, redis, crowd.brokers[number % len(crowd.brokers)])
        await crowd.healed()
        await crowd.more(ACKS)


def run(brokers, redis, faults, **options):
    crowd = Crowd(brokers, seed_of(1000000), **options)

    async def live():
        async with crowd:
            await tell(crowd, redis, faults)
    asyncio.run(live())
    print(crowd)
    crowd.check()
    return crowd


def test_nothing_acked_is_lost_or_twice_whoever_is_killed_or_stopped():
    with RedisServer(**DURABLE) as redis, brokers_at(redis.url) as brokers:
        run(brokers, redis, FAULTS)


@pytest.mark.skipif(why_no_network is not None, reason=str(why_no_network))
def test_nothing_acked_is_lost_or_twice_whoever_is_cut_off():
    async def cut_a_broker_off(crowd, redis, broker):
        network.cut(broker.name)
        await crowd.refused(broker)
        await crowd.more(ACKS)
        network.heal(broker.name)

    async def cut_redis_off(crowd, redis, broker):
        network.cut("redis")
        await crowd.refused(*crowd.brokers)
        network.heal("redis")

    with Network(*NAMES, "redis") as network, contextlib.ExitStack() as stack:
        with network.inside("redis"):
            redis = stack.enter_context(RedisServer(**DURABLE, bind="0.0.0.0"))
        url = f"redis://{network.address('redis')}:{redis.port}/0"
        run(stack.enter_context(brokers_at(url, network)), redis, (cut_a_broker_off, cut_redis_off, cut_a_broker_off))


def test_what_is_lost_of_what_redis_publishes_is_made_up_for():
    async def lose(crowd, redis, broker):
        await crowd.more(3 * ACKS)

    with RedisServer() as redis, LossyProxy(redis.port, REDIS, LOSS, seed_of(1000000)) as proxy, \
            brokers_at(f"redis://127.0.0.1:{proxy.port}/0") as brokers:
        run(brokers, redis, (lose, kill_a_broker), may_lose_the_last=True)
        assert proxy.lost > ACKS * LOSS


def test_everybody_is_told_when_redis_has_forgotten_everything():
    async def forget(crowd, redis, broker):
        lost = {one.log.epoch for one in crowd.listeners}
        redis.kill()
        await crowd.refused(*crowd.brokers)
        await asyncio.to_thread(redis.start)
        await eventually(lambda: not lost & {one.log.epoch for one in crowd.listeners}, "everybody knows")

    with RedisServer() as redis, brokers_at(redis.url) as brokers:
        run(brokers, redis, (forget,), renewals=ROUNDS)
