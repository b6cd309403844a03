# SPDX-License-Identifier: MIT
"""A hub and two edges, while each of them is killed, paused or cut off, and while some messages of the hub's stream are
lost. No acknowledged message is lost or doubled, and all listeners hear the same messages in one order. With
ROOMWIRE_ROUNDS=100 in the environment the faults are repeated a hundred times."""

import asyncio
import os
import random
import secrets

import pytest
from brokers import Crowd, SiteBroker, running
from lossy_proxy import NNG_PUB, LossyProxy
from namespaces import Network, why_not
from stack import free_pair
from test_layer import nng_may_leak  # autouse: what is on its way to a hub that goes

ROUNDS = int(os.environ.get("ROOMWIRE_ROUNDS", 1))
EDGES = ("east", "west")
ACKS = 150  # between one fault and the next
LOSS = 0.1
KEY_BYTES = 32

seed_of = random.Random(int(os.environ.get("ROOMWIRE_SEED", random.randrange(1000000)))).randrange
why_no_network = why_not()


class Star:
    """A hub and its edges; the hub comes first. hub_host: where it listens; seen_at: the port that edges dial."""

    def __init__(self, hub_host="127.0.0.1", network=None):
        self.port = free_pair()
        self.secret, self.network = random.randbytes(KEY_BYTES), network
        self.key = secrets.token_hex(KEY_BYTES)
        self.hub_host = hub_host

    def broker(self, name, *settings):
        broker = SiteBroker(name, self.secret, "layer.backend=nng", *settings, network=self.network)
        key = broker.state / "layer.key"
        key.write_text(self.key)
        key.chmod(0o600)
        return broker

    def brokers(self, seen_at=None):
        key = "layer.key_file=layer.key"
        hub = self.broker("hub", f"layer.listen=tcp://{self.hub_host}:{self.port}", key)
        url = f"layer.hub=tcp://{self.hub_host}:{seen_at or self.port}"
        return running([hub, *(self.broker(name, url, key) for name in EDGES)])


async def kill(crowd, broker):
    broker.kill()
    if broker is crowd.brokers[0]:
        await crowd.refused(*crowd.brokers[1:])
    else:
        await crowd.more(ACKS)
    await asyncio.to_thread(broker.start)


async def kill_for_a_moment(_, broker):
    broker.kill()
    await asyncio.to_thread(broker.start)


async def stop_for_a_while(crowd, broker):
    broker.pause()
    if broker is crowd.brokers[0]:
        await crowd.refused(*crowd.brokers[1:])
    else:
        await crowd.more(ACKS)
    broker.resume()


async def tell(crowd, faults):
    """Each fault happens to the hub and to one of the edges."""
    await crowd.more(ACKS)
    hub, *edges = crowd.brokers
    for number in range(ROUNDS):
        for fault in faults:
            for broker in (hub, edges[number % len(edges)]):
                await fault(crowd, broker)
                await crowd.healed()
                await crowd.more(ACKS)


def run(brokers, faults):
    crowd = Crowd(brokers, seed_of(1000000))

    async def live():
        async with crowd:
            await tell(crowd, faults)
    asyncio.run(live())
    print(crowd)
    crowd.check()


def test_nothing_acked_is_lost_or_twice_whoever_is_killed_or_stopped():
    with Star().brokers() as brokers:
        run(brokers, (kill, kill_for_a_moment, stop_for_a_while))


@pytest.mark.skipif(why_no_network is not None, reason=str(why_no_network))
def test_nothing_acked_is_lost_or_twice_whoever_is_cut_off():
    async def cut_off(crowd, broker):
        network.cut(broker.name)
        await crowd.refused(*([broker] if broker.name != "hub" else crowd.brokers[1:]))
        network.heal(broker.name)

    with Network("hub", *EDGES) as network, Star(network.address("hub"), network).brokers() as brokers:
        run(brokers, (cut_off,))


def test_what_is_lost_of_what_the_hub_publishes_is_made_up_for():
    async def lose(crowd, broker):
        await crowd.more(3 * ACKS)

    star = Star()
    port = free_pair()
    with LossyProxy(star.port, NNG_PUB, 0, 0, port), \
            LossyProxy(star.port + 1, NNG_PUB, LOSS, seed_of(1000000), port + 1) as proxy, \
            star.brokers(seen_at=port) as brokers:
        run(brokers, (lose,))
        assert proxy.lost > ACKS * LOSS
