"""Signatures as the protocols' own examples and the stock signer make them."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from pileus.identity.credentials.signatures import Signed, is_signed

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SECOND = {
    "Action": "DescribeJobFlows",
    "Version": "2009-03-31",
    "AWSAccessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "SignatureVersion": "2",
    "SignatureMethod": "HmacSHA256",
    "Timestamp": "2011-10-03T15:19:30",
}


def _second(**more: Any) -> Signed:
    given = {"verb": "GET", "host": "elasticmapreduce.amazonaws.com", "path": "/", "params": SECOND, **more}
    return Signed(signature="i91nKc4PWAt0JJIdXwz9HxZCJDdiy6cf/Mj6vPxyYIs=", **given)


def test_the_second_version_is_that_of_the_guide():
    assert is_signed(KEY, _second())
    assert is_signed(KEY, _second(host="elasticmapreduce.amazonaws.com:8080")), "signed without the port"
    assert is_signed(KEY, _second(params=SECOND | {"Signature": "what it is"}))
    assert _second().moment == "2011-10-03T15:19:30"


@pytest.mark.parametrize(
    "other", [{"verb": "POST"}, {"host": "other"}, {"path": "/x"}, {"params": SECOND | {"Action": "Terminate"}}]
)
def test_nothing_of_a_signed_request_may_be_changed(other: dict[str, Any]):
    assert not is_signed(KEY, _second(**other))
    assert not is_signed(KEY[:-1], _second())


def test_the_first_version_joins_names_and_values():
    params = {"Action": "X", "b": "2", "A": "1", "SignatureVersion": "1"}
    made = base64.b64encode(hmac.digest(b"secret", b"A1ActionXb2SignatureVersion1", "sha1")).decode()
    assert is_signed("secret", Signed(params=params, signature=made))
    assert not is_signed("secret", Signed(params=params | {"b": "3"}, signature=made))


def test_the_fourth_version_is_that_of_the_guide():
    names = "content-type;host;x-amz-date"
    credential = "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request"
    asked = Signed(
        verb="GET",
        host="iam.amazonaws.com",
        path="/",
        params={"Action": "ListUsers", "Version": "2010-05-08"},
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "Host": "iam.amazonaws.com",
            "X-Amz-Date": "20150830T123600Z",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature=x",
        },
        body_hash=EMPTY,
        signature="5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    )
    assert is_signed("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", asked)
    asked.headers["X-Amz-Date"] = "20150831T123600Z"
    assert not is_signed("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", asked)


def test_what_the_stock_signer_signs_is_taken():
    params = {"Action": "DescribeInstances", "Filter": "a b~c", "Version": "2"}
    request = AWSRequest("GET", "http://ec2.test/services/Cloud", params=params)
    SigV4Auth(Credentials("access", KEY), "ec2", "north").add_auth(request)
    asked = Signed(
        verb="GET",
        host="ec2.test",
        path="/services/Cloud",
        params=params,
        headers=dict(request.headers.items()) | {"Host": "ec2.test"},
        body_hash=EMPTY,
        signature=request.headers["Authorization"].rpartition("Signature=")[2],
    )
    assert is_signed(KEY, asked)


def test_what_s3_signs_is_that_of_the_guide():
    text = b"GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/johnsmith/photos/puppy.jpg"
    asked = Signed(token=base64.b64encode(text).decode(), signature="bWq2s1WEIj+Ydj0vQ697zp+IXMU=")
    assert is_signed(KEY, asked)
    assert not is_signed(KEY, Signed(token=base64.b64encode(text + b"s").decode(), signature=asked.signature))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"token": "no base64!"},
        {"token": base64.b64encode(b"AWS4-HMAC-SHA256\nx").decode()},
        {"token": base64.b64encode(b"\xff\xfe").decode()},
        {"params": {"X-Amz-Credential": "x", "X-Amz-SignedHeaders": "host"}},
        {"params": {"X-Amz-Credential": "a/b/c/d/e", "X-Amz-SignedHeaders": "missing", "X-Amz-Date": "b"}},
        {"headers": {"Authorization": "AWS4-HMAC-SHA256 nonsense"}},
    ],
)
def test_what_is_no_signed_request_is_none(wrong: dict[str, Any]):
    assert not is_signed(KEY, Signed(**wrong))
