"""Ready-made HTTP/1.1 requests, signed with AWS Signature Version 4 in the Authorization field."""
import datetime
import functools
import hashlib
import hmac


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


@functools.lru_cache
def _signing_key(secret_key, day):
    key = ('AWS4' + secret_key).encode()
    for part in (day, 'us-east-1', 's3', 'aws4_request'):
        key = _hmac(key, part)
    return key


def signed_request(method, host, path, access_key, secret_key, body=b'', query=''):
    """The bytes of a request, its payload hash signed. The query must be in canonical form."""
    return signed_head(method, host, path, access_key, secret_key, len(body), hashlib.sha256(body).hexdigest(), query) + body


def signed_head(method, host, path, access_key, secret_key, body_length, payload_hash, query=''):
    """The head of a request whose body is sent apart."""
    now = datetime.datetime.now(datetime.timezone.utc)
    timestamp, day = now.strftime('%Y%m%dT%H%M%SZ'), now.strftime('%Y%m%d')
    names = 'host;x-amz-content-sha256;x-amz-date'
    canonical = (f'{method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{payload_hash}\nx-amz-date:{timestamp}\n\n'
                 f'{names}\n{payload_hash}')
    scope = f'{day}/us-east-1/s3/aws4_request'
    to_sign = f'AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}'
    signature = _hmac(_signing_key(secret_key, day), to_sign).hex()
    length = f'content-length: {body_length}\r\n' if method in ('PUT', 'POST') else ''
    target = f'{path}?{query}' if query else path
    return (f'{method} {target} HTTP/1.1\r\nhost: {host}\r\nx-amz-content-sha256: {payload_hash}\r\nx-amz-date: {timestamp}\r\n'
            f'{length}authorization: AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, '
            f'Signature={signature}\r\n\r\n').encode()


def plain_request(host, path):
    return f'GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n'.encode()


def write_requests(path, requests):
    """Writes requests as requests.lua reads them."""
    with open(path, 'wb') as file:
        for request in requests:
            file.write(b'%d\n%b' % (len(request), request))
