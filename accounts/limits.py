"""How often one browser or one address may send something to a page that needs no sign-in.

Neither address nor session is kept: the cache counts under a keyed hash of them, which
goes when its time is over.
"""

from datetime import datetime

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

from bricks.secrets import blind_index


def may_send(
    request: HttpRequest, *, what: str, now: datetime, per_browser: int, per_address: int
) -> bool:
    """Count one attempt, and tell whether this browser and its address may make it this hour.

    Many people of a village share one address, so it may send more than a browser.
    """
    address = get_adapter().get_client_ip(request)
    tries = [_count(f"{what}:address:{address}", now) <= per_address]
    if request.session.session_key:
        tries.append(_count(f"{what}:browser:{request.session.session_key}", now) <= per_browser)
    return all(tries)


def _count(who: str, now: datetime) -> int:
    hour = int(now.timestamp()) // 3600
    key = f"limit:{blind_index(who, purpose='limit')}:{hour}"
    # Not `incr`: the table of the database's cache would keep it under another time.
    count = int(cache.get(key, 0)) + 1
    cache.set(key, count, timeout=3600)
    return count
