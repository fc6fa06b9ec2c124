"""A strategy of the smallest kind: looks at an account every few seconds, and goes on with a new session when its own was ended.

python3 strategy.py [account] [path] [rounds]
"""

import sys
import time

from broker_auth import BrokerAuth

account, path, rounds = (sys.argv[1:] + ["main", "/userinfo", "3"][len(sys.argv) - 1 :])[:3]
broker = BrokerAuth()
seen = None
for turn in range(int(rounds)):
    status, body = broker.request(account, path)
    generation = broker.session(account).generation
    print(f"{account}: {status}, {len(body)} bytes", "" if generation == seen else "(a new session)", flush=True)
    seen = generation
    if turn + 1 < int(rounds):
        time.sleep(1)
