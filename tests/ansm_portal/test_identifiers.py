import time
from uuid import RFC_4122

from ansm_portal.identifiers import uuid7


def test_a_key_is_a_uuid_of_version_7():
    key = uuid7()
    assert (key.version, key.variant) == (7, RFC_4122)


def test_a_key_starts_with_the_milliseconds_it_was_made_in():
    before = time.time_ns() // 1_000_000
    key = uuid7()
    after = time.time_ns() // 1_000_000
    assert before <= key.int >> 80 <= after


def test_keys_of_one_millisecond_differ():
    assert len({uuid7() for _ in range(10_000)}) == 10_000


def test_keys_made_later_sort_later():
    keys = []
    for _ in range(5):
        keys.append(uuid7())
        time.sleep(0.002)
    assert keys == sorted(keys)
    assert [str(key) for key in keys] == sorted(str(key) for key in keys)


def test_keys_of_one_millisecond_sort_in_the_order_they_were_made_in():
    keys = []
    for _ in range(200):
        keys.append(uuid7())
        until = time.perf_counter_ns() + 2_000
        while time.perf_counter_ns() < until:
            pass
    assert keys == sorted(keys)
    assert len({key.int >> 80 for key in keys}) < len(keys)
