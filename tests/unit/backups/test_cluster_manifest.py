"""PostgreSQL's own manifest is read right however it is cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.backups.cluster_manifest import ClusterManifest

SEGMENT = 16 * 1024 * 1024
names = st.text(min_size=1, max_size=20) | st.just('", "Size": 77, "x": "') | st.just('\\"Size\\": 5')
files = st.lists(st.tuples(names, st.integers(0, 2**40)), max_size=20)


def text_of(listed: list[tuple[str, int]]) -> bytes:
    """As a server writes it: a file on a line."""
    lines = ",\n".join(json.dumps({"Path": name, "Size": size, "Checksum": "00"}) for name, size in listed)
    ranges = '{ "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/3000000" }'
    return f'{{ "Files": [\n{lines}\n],\n"WAL-Ranges": [\n{ranges}\n],\n"Manifest-Checksum": "00"}}\n'.encode()


def pieces(text: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = [0, *sorted(one % (len(text) + 1) for one in cuts), len(text)]
    for first, last in pairwise(places):
        yield text[first:last]


@given(files, st.lists(st.integers(min_value=0), max_size=40))
def test_it_counts_what_is_listed(listed: list[tuple[str, int]], cuts: list[int]) -> None:
    text = text_of(listed)
    read = ClusterManifest()
    assert b"".join(read.reading(pieces(text, cuts))) == text
    found = read.physical("physical", SEGMENT, "postgres", checksums=True)
    assert (found.count, found.bytes) == (len(listed), sum(size for _, size in listed))
    assert (found.start_lsn, found.stop_lsn, found.timeline) == ("0/2000028", "0/3000000", 1)
    assert (found.start_wal, found.stop_wal) == ("000000010000000000000002", "000000010000000000000002")


@pytest.mark.parametrize("text", [b"", b"{}", b'"WAL-Ranges": []', b'"WAL-Ranges": [{}]', b'"WAL-Ranges": ['])
def test_what_is_no_manifest_is_refused(text: bytes) -> None:
    read = ClusterManifest()
    list(read.reading([text]))
    with pytest.raises(ValueError, match="no range of the log"):
        read.physical("physical", SEGMENT, "postgres", checksums=True)
