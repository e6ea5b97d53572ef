"""Presigned URLs of every kind, sent by a plain HTTP client: directly, and through a reverse proxy that forwards Host.

Runs against a server started with RUSTFS_SERVER_DOMAINS=localhost, so that both address styles are tried.
"""
import http.client
import http.server
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree

import harness
from harness import CHECKSUMS, MIB, base64_text, case, client, md5_hex, random_bytes, run_cases

harness.resolve_localhost_names()
PORT = int(harness.ENDPOINT.rsplit(':', 1)[1])
BUCKET = 'presigned'


class Proxy(http.server.BaseHTTPRequestHandler):
    """Forwards a request with its Host, and adds what proxies add. The lies in X-Forwarded-* must change nothing."""
    protocol_version = 'HTTP/1.1'

    def forward(self):
        length = int(self.headers.get('Content-Length', 0))
        body = self.rfile.read(length)
        upstream = http.client.HTTPConnection('127.0.0.1', PORT, timeout=60)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() != 'connection':
                upstream.putheader(name, value)
        for name, value in (('X-Forwarded-For', '203.0.113.9'), ('X-Forwarded-Host', 'other.test'), ('X-Forwarded-Proto', 'https'),
                            ('X-Forwarded-Port', '1'), ('Forwarded', 'host=other.test;proto=https'), ('Via', '1.1 proxy')):
            upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        payload = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ('connection', 'content-length', 'date', 'server'):
                self.send_header(name, value)
        self.send_header('Content-Length', answer.getheader('Content-Length', '0') if self.command == 'HEAD' else str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)
        upstream.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = forward

    def log_message(self, *_):
        pass


proxy = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Proxy)
threading.Thread(target=proxy.serve_forever, daemon=True).start()

# Each way to reach the server: by path and by host name, directly and through the proxy, whose port is then in the signed Host.
CLIENTS = {f'{style} {name}': client(endpoint=f'http://localhost:{port}', s3={'addressing_style': style})
           for style in ('path', 'virtual') for name, port in (('direct', PORT), ('proxied', proxy.server_port))}
CLIENTS['path direct'].create_bucket(Bucket=BUCKET)


def send(method, url, body=None, **headers):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    connection.request(method, f'{parts.path}?{parts.query}', body, {name.replace('_', '-'): value for name, value in headers.items()})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


def sign(s3, operation, **parameters):
    return s3.generate_presigned_url(operation, Params={'Bucket': BUCKET, **parameters}, ExpiresIn=60)


def in_every_way(function):
    """Registers the case once for each client."""
    def run():
        for name, s3 in CLIENTS.items():
            try:
                function(s3)
            except Exception as error:
                raise AssertionError(f'{name}: {error}') from error
    run.__name__ = function.__name__
    return case(run)


@in_every_way
def an_object_is_put_read_and_deleted(s3):
    key = 'a b+c/\u00fc%20?#.txt'
    answer, text = send('PUT', sign(s3, 'put_object', Key=key), b'hello')
    assert answer.status == 200 and answer.headers['ETag'] == f'"{md5_hex(b"hello")}"', text
    answer, text = send('GET', sign(s3, 'get_object', Key=key))
    assert (answer.status, text) == (200, b'hello')
    answer, text = send('GET', sign(s3, 'get_object', Key=key, Range='bytes=1-2'), range='bytes=1-2')
    assert (answer.status, text) == (206, b'el'), (answer.status, text)
    answer, _ = send('HEAD', sign(s3, 'head_object', Key=key))
    assert answer.status == 200 and answer.headers['Content-Length'] == '5'
    assert send('DELETE', sign(s3, 'delete_object', Key=key))[0].status == 204
    assert send('HEAD', sign(s3, 'head_object', Key=key))[0].status == 404


@in_every_way
def a_url_is_good_for_its_method_and_object_only(s3):
    s3.put_object(Bucket=BUCKET, Key='one', Body=b'1')
    url = sign(s3, 'get_object', Key='one')
    for method in ('HEAD', 'PUT', 'DELETE'):
        assert send(method, url)[0].status == 403, method
    for wrong in (url.replace('/one?', '/two?'), url.replace('Expires=60', 'Expires=61'), url + '&versionId=null', url + '&acl',
                  url[:-1] + ('0' if url[-1] != '0' else '1')):
        assert send('GET', wrong)[0].status == 403, wrong
    assert send('GET', url, host='other.test')[0].status == 403
    assert send('GET', url)[0].status == 200


@in_every_way
def signed_headers_must_come_as_they_were_signed(s3):
    url = sign(s3, 'put_object', Key='typed', ContentType='text/css', Metadata={'colour': 'blue'}, CacheControl='no-store')
    good = {'content_type': 'text/css', 'x_amz_meta_colour': 'blue', 'cache_control': 'no-store'}
    signed = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)['X-Amz-SignedHeaders'][0].split(';')
    assert 'content-type' in signed, signed
    assert send('PUT', url, b'x', **{**good, 'content_type': 'text/html'})[0].status == 403
    assert send('PUT', url, b'x')[0].status == 403
    assert send('PUT', url, b'x', **good, x_amz_meta_other='1')[0].status == 403
    answer, text = send('PUT', url, b'x', **{name: value for name, value in good.items() if name.replace('_', '-') in signed})
    assert answer.status == 200, text
    head = s3.head_object(Bucket=BUCKET, Key='typed')
    assert head['ContentType'] == 'text/css' and head['Metadata'] == {'colour': 'blue'}, head


@in_every_way
def answers_have_the_headers_that_the_url_asks_for(s3):
    s3.put_object(Bucket=BUCKET, Key='one', Body=b'1', ContentType='text/plain', CacheControl='no-store')
    wanted = {'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': 'attachment; filename="a b.csv"',
              'Cache-Control': 'max-age=5', 'Content-Language': 'de', 'Content-Encoding': 'identity',
              'Expires': 'Thu, 01 Dec 2033 16:00:00 GMT'}
    parameters = {'Response' + name.replace('-', ''): value for name, value in wanted.items()}
    for method, operation in (('GET', 'get_object'), ('HEAD', 'head_object')):
        answer, _ = send(method, sign(s3, operation, Key='one', **parameters))
        assert answer.status == 200
        assert {name: answer.headers[name] for name in wanted} == wanted, answer.headers.as_string()


@in_every_way
def a_multipart_upload_is_made_of_urls(s3):
    parts = [random_bytes(5 * MIB, seed=1), random_bytes(1000, seed=2)]
    answer, text = send('POST', sign(s3, 'create_multipart_upload', Key='parts', ChecksumAlgorithm='CRC32'), x_amz_checksum_algorithm='CRC32')
    assert answer.status == 200, text
    upload = next(element.text for element in ElementTree.fromstring(text) if element.tag.endswith('UploadId'))
    document = ''
    for number, part in enumerate(parts, 1):
        checksum = base64_text(CHECKSUMS['CRC32'](part))
        target = {'Key': 'parts', 'UploadId': upload, 'PartNumber': number}
        wrong, _ = send('PUT', sign(s3, 'upload_part', **target, ChecksumCRC32='AAAAAA=='), part, x_amz_checksum_crc32='AAAAAA==')
        assert wrong.status == 400
        answer, text = send('PUT', sign(s3, 'upload_part', **target, ChecksumCRC32=checksum), part, x_amz_checksum_crc32=checksum)
        assert answer.status == 200, text
        document += f'<Part><PartNumber>{number}</PartNumber><ETag>{answer.headers["ETag"]}</ETag>' \
                    f'<ChecksumCRC32>{checksum}</ChecksumCRC32></Part>'
    answer, text = send('GET', sign(s3, 'list_parts', Key='parts', UploadId=upload))
    assert answer.status == 200 and text.count(b'<Part>') == 2, text
    body = f'<CompleteMultipartUpload>{document}</CompleteMultipartUpload>'
    answer, text = send('POST', sign(s3, 'complete_multipart_upload', Key='parts', UploadId=upload), body)
    assert answer.status == 200, text
    assert s3.get_object(Bucket=BUCKET, Key='parts')['Body'].read() == b''.join(parts)
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key='parts')['UploadId']
    assert send('DELETE', sign(s3, 'abort_multipart_upload', Key='parts', UploadId=upload))[0].status == 204


@in_every_way
def a_form_is_sent_in_every_style(s3):
    post = s3.generate_presigned_post(BUCKET, 'formed', Fields={'success_action_status': '201'}, Conditions=[{'success_action_status': '201'}])
    boundary = 'f' * 70
    body = ''.join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                   for name, value in [*post['fields'].items(), ('file', 'hello')]) + f'--{boundary}--'
    answer, text = send('POST', post['url'], body, content_type=f'multipart/form-data; boundary={boundary}')
    assert answer.status == 201, text
    location = ElementTree.fromstring(text).findtext('Location')
    assert location == post['url'].rstrip('/') + '/formed', (location, post['url'])
    assert s3.get_object(Bucket=BUCKET, Key='formed')['Body'].read() == b'hello'


if __name__ == '__main__':
    run_cases()
