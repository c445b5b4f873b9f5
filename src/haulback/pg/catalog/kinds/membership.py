"""Memberships of roles in roles. INHERIT and SET exist since PostgreSQL 16."""

from __future__ import annotations

from haulback.pg.catalog.kind import Facts, Kind


class Membership(Kind):
    id = "membership"
    rank = 1
    noun = "ROLE"

    def make(self, facts: Facts) -> list[str]:
        options = [
            f"{word} {str(facts[option]).upper()}"
            for option, word in (("inherit_option", "INHERIT"), ("set_option", "SET"))
            if option in facts
        ]
        if facts["admin"]:
            options.insert(0, "ADMIN OPTION" if not options else "ADMIN TRUE")
        given = f" WITH {', '.join(options)}" if options else ""
        by = f" GRANTED BY {facts['grantor']}" if "grantor" in facts else ""
        return [f"GRANT {facts['role']} TO {facts['member']}{given}{by}"]

    def unmake(self, facts: Facts) -> list[str]:
        by = f" GRANTED BY {facts['grantor']}" if "grantor" in facts else ""
        return [f"REVOKE {facts['role']} FROM {facts['member']}{by}"]


KIND = Membership()
