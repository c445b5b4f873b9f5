"""Whether anybody asks GraphQL on a target, which decides whether its schema is a part of the contract."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haulback.config.policy import default_policy
from haulback.contract.graph_reading import unused
from haulback.model.api import ApiSettings
from haulback.model.graphql import GraphQLSettings
from haulback.model.target import Environment, Target

TARGET = Target("local", Environment.STAGING, {}, default_policy(Environment.STAGING))
OFF = ApiSettings(graphql=GraphQLSettings(serve=False))


@pytest.mark.parametrize(
    ("given", "extension", "told"),
    [
        ({}, False, "the database has no pg_graphql"),
        ({}, True, ""),
        ({"api_url": "https://api.example.test"}, False, ""),
        ({"api_url": "https://abcdefgh.supabase.co"}, False, "the project has no pg_graphql"),
        ({"api_url": "https://abcdefgh.supabase.co/rest/v1"}, True, ""),
        ({"embedded": True}, False, ""),
    ],
)
def test_who_asks(given, extension, told):
    reason = unused(ApiSettings(), replace(TARGET, **given), extension=extension)
    assert told in reason if told else reason == ""


def test_an_embedded_server_whose_graphql_is_off_has_nobody_who_asks():
    assert "api.graphql.serve" in unused(OFF, replace(TARGET, embedded=True), extension=True)
    assert unused(OFF, TARGET, extension=True) == ""
