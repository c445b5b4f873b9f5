"""A bucket that speaks S3: Amazon's, MinIO's, Cloudflare's, Supabase's and others.

Credentials, region and address are where every tool of AWS looks for them: AWS_ACCESS_KEY_ID and its kin,
AWS_ENDPOINT_URL, ~/.aws. Never in the address of the store.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from haulback.backups.errors import StoreFull, StoreUnreachable
from haulback.backups.stores._store import Stored, StoreKind
from haulback.errors import Exit, HaulbackError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_PART = 8 * 1024 * 1024  # bytes; S3 takes no smaller one than 5 MB, but for the last
_GROWS = 1000  # parts after which they grow: there may be 10,000, which is then 440 GB
_DELETED = 1000  # names that one call takes
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_PAST_THE_END = frozenset({"InvalidRange", "416"})
_FULL = frozenset({"InsufficientStorage", "507", "XMinioStorageFull", "XMinioStorageBackendFull", "QuotaExceeded",
                   "XMinioAdminBucketQuotaExceeded"})  # fmt: skip


class S3Missing(HaulbackError):
    template = "the store {store} needs the package boto3"
    hint_template = "Install it: pip install 'haulback[s3]'."
    exit_code = Exit.USAGE


class S3Store:
    """A store below a prefix of a bucket. S3 shows an object whole or not at all.

    Args:
        client: of boto3.
        bucket: its name.
        prefix: without a slash at its end; may be empty.
    """

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client, self._bucket = client, bucket
        self._prefix = f"{prefix}/" if prefix else ""

    @property
    def address(self) -> str:
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    @property
    def folder(self) -> Path | None:
        return None

    def files(self, prefix: str = "") -> Iterator[Stored]:
        pages = self._client.get_paginator("list_objects_v2")
        with self._told():
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
                for one in page.get("Contents", ()):
                    yield Stored(one["Key"].removeprefix(self._prefix), one["Size"])

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        with self._told():
            upload = _Upload(self._client, self._bucket, self._prefix + name)
            try:
                yield cast("BinaryIO", upload)
                upload.finish()
            except BaseException:
                upload.abandon()
                raise

    def read(self, name: str, offset: int = 0, length: int = -1) -> bytes:
        with self._told():
            return _range(self._client, self._named(name), offset, length)

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        with self._told():
            try:
                found = self._client.head_object(**self._named(name))
            except Exception as error:
                if _code(error) in _MISSING:  # the object or the bucket: asking for a list tells which
                    self._client.list_objects_v2(Bucket=self._bucket, MaxKeys=1)
                    raise FileNotFoundError(name) from None
                raise
            # Every part is of the same object, even if somebody puts another one there meanwhile.
            object_ = {**self._named(name), "IfMatch": found["ETag"]}
            with io.BufferedReader(_Ranges(self._client, object_, found["ContentLength"]), _PART) as stream:
                yield cast("BinaryIO", stream)

    def remove(self, prefix: str) -> None:
        with self._told():
            if not prefix.endswith("/"):
                self._client.delete_object(**self._named(prefix))
                return
            names = [self._prefix + one.name for one in self.files(prefix)]
            for first in range(0, len(names), _DELETED):
                asked = {"Objects": [{"Key": one} for one in names[first : first + _DELETED]], "Quiet": True}
                answer = self._client.delete_objects(Bucket=self._bucket, Delete=asked)
                for problem in answer.get("Errors", ()):
                    raise StoreUnreachable(store=self.address, reason=f"{problem['Code']}: {problem['Key']}")
            self._abandon_all(prefix)

    def _abandon_all(self, prefix: str) -> None:
        """Parts that a killed process left are invisible, and cost all the same."""
        pages = self._client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
            for one in page.get("Uploads", ()):
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=one["Key"], UploadId=one["UploadId"])

    def _named(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + name}

    @contextmanager
    def _told(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - start-up: 200 ms

        try:
            yield
        except ClientError as error:
            code = _code(error)
            if code in _MISSING:
                raise FileNotFoundError(code) from None
            kind = StoreFull if code in _FULL or _status(error) == "507" else StoreUnreachable
            raise kind(store=self.address, reason=f"{code}: {error.response['Error'].get('Message', '')}") from error
        except BotoCoreError as error:
            raise StoreUnreachable(store=self.address, reason=str(error)) from error


class _Upload(io.RawIOBase):
    """Sends what is written in parts; memory holds one of them."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._object = client, {"Bucket": bucket, "Key": key}
        self._waiting = bytearray()
        self._upload = ""
        self._parts: list[dict[str, Any]] = []

    def writable(self) -> bool:
        return True

    def write(self, given: ReadableBuffer, /) -> int:
        piece = memoryview(given).cast("B")
        self._waiting += piece
        while len(self._waiting) >= self._wanted:
            self._send(bytes(self._waiting[: self._wanted]))
        return len(piece)

    @property
    def _wanted(self) -> int:
        return _PART * (1 + len(self._parts) // _GROWS)

    def finish(self) -> None:
        """Makes the object; before, there is none."""
        if not self._upload:
            self._client.put_object(**self._object, Body=bytes(self._waiting))
            return
        if self._waiting:
            self._send(bytes(self._waiting))
        self._client.complete_multipart_upload(
            **self._object, UploadId=self._upload, MultipartUpload={"Parts": self._parts}
        )

    def abandon(self) -> None:
        """Forgets the parts; where the store does not answer they stay invisible until its own rules remove them."""
        if self._upload:
            with suppress(Exception):
                self._client.abort_multipart_upload(**self._object, UploadId=self._upload)

    def _send(self, part: bytes) -> None:
        if not self._upload:
            self._upload = self._client.create_multipart_upload(**self._object)["UploadId"]
        number = len(self._parts) + 1
        sent = self._client.upload_part(**self._object, UploadId=self._upload, PartNumber=number, Body=part)
        self._parts.append({"ETag": sent["ETag"], "PartNumber": number})
        del self._waiting[: len(part)]


class _Ranges(io.RawIOBase):
    """An object as a file that can be read from anywhere."""

    def __init__(self, client: Any, object_: dict[str, str], size: int) -> None:
        self._client, self._object, self._size = client, object_, size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        return self._place

    def readinto(self, target: WriteableBuffer, /) -> int:
        wanted = memoryview(target).cast("B")
        length = min(len(wanted), self._size - self._place)
        if length <= 0:
            return 0
        found = _range(self._client, self._object, self._place, length)
        wanted[: len(found)] = found
        self._place += len(found)
        return len(found)


def _range(client: Any, object_: dict[str, str], offset: int, length: int) -> bytes:
    if length == 0:
        return b""
    last = "" if length < 0 else str(offset + length - 1)
    asked = {"Range": f"bytes={offset}-{last}"} if offset or last else {}
    try:
        found: bytes = client.get_object(**object_, **asked)["Body"].read()
    except Exception as error:
        if _code(error) in _PAST_THE_END:
            return b""
        raise
    return found


def _code(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def _status(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode", ""))


def _opened(address: str) -> S3Store:
    try:
        import boto3  # noqa: PLC0415 - start-up: 200 ms, and an extra
        from botocore.config import Config  # noqa: PLC0415 - as above
    except ImportError:
        raise S3Missing(store=address) from None
    parts = urlsplit(address)
    config = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"max_attempts": 4, "mode": "standard"},
        # Sums beyond the protocol's own are unknown to many that speak S3; the manifest has its own.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    store = S3Store(None, parts.netloc, unquote(parts.path).strip("/"))
    with store._told():  # noqa: SLF001 - its own file
        store._client = boto3.session.Session().client("s3", config=config)  # noqa: SLF001 - as above
    return store


STORE = StoreKind("s3", _opened)
