# SPDX-License-Identifier: MIT
"""A process of Django that says what it is told to: a line of JSON in, [layout, group, event, …]; a line out for each,
when all its events are sent."""

import json
import sys

import django
from asgiref.sync import async_to_sync
from channels.layers import channel_layers



async def send_all(channel_layer, group, events):
    for event in events:
        await channel_layer.group_send(group, event)


def send(channel_layer, group, events):
    """One as a view does it; each of many so would be a connection of its own."""
    if len(events) == 1:
        async_to_sync(channel_layer.group_send)(group, events[0])
    else:
        async_to_sync(send_all)(channel_layer, group, events)


django.setup()
for line in sys.stdin:
    layout, group, *events = json.loads(line)
    try:
        send(channel_layers[layout], group, events)
        print("done", flush=True)
    except TypeError as problem:
        print(problem, flush=True)
