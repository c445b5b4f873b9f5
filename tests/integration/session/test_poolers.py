from __future__ import annotations

import pytest

from haulback.errors import Exit
from haulback.pg.session import PoolerInBetween, connect, require_direct


@pytest.mark.parametrize("size", [5, 1])
def test_a_transaction_pooler_is_refused(pooled, size):
    with pooled("transaction", size) as target, connect(target) as connection:
        with pytest.raises(PoolerInBetween) as failure:
            require_direct(connection, target)
        assert failure.value.exit_code == Exit.REFUSED
        assert "5432" in failure.value.hint


@pytest.mark.parametrize("size", [5, 1])
def test_a_session_pooler_is_accepted(pooled, size):
    with pooled("session", size) as target, connect(target) as connection:
        require_direct(connection, target)

        assert connection.execute("select 1").fetchone() == (1,)


def test_a_direct_connection_is_accepted(target):
    with connect(target) as connection:
        require_direct(connection, target)
