"""Everybody can list the files of a public bucket."""

from __future__ import annotations

from haulback.advice.here import relation
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="public_bucket_allows_listing",
    title="Public Bucket Allows Listing",
    level=AdviceLevel.WARN,
    categories=(Category.SECURITY,),
    description="Files of a public bucket are served by their address without a policy; one for reading lists them.",
    detail="everybody can list the files of the public bucket {name}: {policies} on storage.objects",
    remediation="Drop these policies: files of a public bucket are served by their address without them.",
    key="public_bucket_allows_listing_{bucket_id}",
    needs=(relation("storage.buckets"), relation("storage.objects")),
)
