"""Ready-made HTTP/1.1 requests, signed with AWS Signature Version 4 in the Authorization field."""
import datetime
import hashlib
import hmac


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signed_request(method, host, path, access_key, secret_key, body=b''):
    """The bytes of a request without a query, its payload hash signed."""
    now = datetime.datetime.now(datetime.timezone.utc)
    timestamp, day = now.strftime('%Y%m%dT%H%M%SZ'), now.strftime('%Y%m%d')
    payload_hash = hashlib.sha256(body).hexdigest()
    names = 'host;x-amz-content-sha256;x-amz-date'
    canonical = f'{method}\n{path}\n\nhost:{host}\nx-amz-content-sha256:{payload_hash}\nx-amz-date:{timestamp}\n\n{names}\n{payload_hash}'
    scope = f'{day}/us-east-1/s3/aws4_request'
    to_sign = f'AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}'
    key = ('AWS4' + secret_key).encode()
    for part in (day, 'us-east-1', 's3', 'aws4_request'):
        key = _hmac(key, part)
    signature = _hmac(key, to_sign).hex()
    length = f'content-length: {len(body)}\r\n' if method in ('PUT', 'POST') else ''
    return (f'{method} {path} HTTP/1.1\r\nhost: {host}\r\nx-amz-content-sha256: {payload_hash}\r\nx-amz-date: {timestamp}\r\n{length}'
            f'authorization: AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}\r\n\r\n').encode() + body


def plain_request(host, path):
    return f'GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n'.encode()


def write_requests(path, requests):
    """Writes requests as requests.lua reads them."""
    with open(path, 'wb') as file:
        for request in requests:
            file.write(b'%d\n%b' % (len(request), request))
