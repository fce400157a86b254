import hashlib

from hypothesis import given
from hypothesis import strategies as st

from ansm_portal.audit.chain import GENESIS, link


def test_a_digest_is_sha256_in_lower_case_hex():
    assert link(b'{"a":1}') == hashlib.sha256(b'{"a":1}').hexdigest()


def test_the_chain_starts_at_a_digest_that_no_event_has():
    assert "0" * len(link(b"")) == GENESIS


@given(st.binary(), st.binary())
def test_other_content_has_another_digest(one, other):
    assert (link(one) == link(other)) is (one == other)
