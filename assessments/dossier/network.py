"""Sessions of HTTP with authorities of time stamps and of certificates."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import aiohttp
import certifi


@asynccontextmanager
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session, and close it.

    pyHanko's own reads the certificates of the web's authorities anew for each request, which
    takes more time than the seal.
    """
    connector = aiohttp.TCPConnector(ssl=_verifying())
    async with aiohttp.ClientSession(connector=connector) as opened:
        yield opened


@cache
def _verifying() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())
