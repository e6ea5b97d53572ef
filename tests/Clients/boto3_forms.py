"""Form uploads that boto3 signs and a plain HTTP client sends, as browsers do."""
import http.client
import urllib.parse
import uuid
import xml.etree.ElementTree as ElementTree

from harness import CHECKSUMS, MIB, base64_text, case, client, expect_error, md5_hex, random_bytes, run_cases

s3 = client()
BUCKET = 'forms'
s3.create_bucket(Bucket=BUCKET)


def multipart(fields, data, file_name='a.bin', after=()):
    boundary = uuid.uuid4().hex
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
                 f'Content-Type: application/octet-stream\r\n\r\n'.encode() + data)
    for name, value in after:
        parts.append(f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode())
    parts.append(f'\r\n--{boundary}--\r\n'.encode())
    return f'multipart/form-data; boundary={boundary}', b''.join(parts)


def send(post, data, extra=(), **kwargs):
    content_type, body = multipart([*extra, *post['fields'].items()], data, **kwargs)
    url = urllib.parse.urlsplit(post['url'])
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
    connection.request('POST', url.path, body, {'Content-Type': content_type})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


def error_code(text):
    return ElementTree.fromstring(text).findtext('Code')


@case
def a_generated_post_stores_its_file():
    post = s3.generate_presigned_post(BUCKET, 'plain', ExpiresIn=60)
    data = random_bytes(100_000)
    answer, _ = send(post, data)
    assert answer.status == 204, answer.status
    assert answer.headers['ETag'] == f'"{md5_hex(data)}"'
    assert s3.get_object(Bucket=BUCKET, Key='plain')['Body'].read() == data


@case
def large_files_stream_into_the_store():
    for length in (64 * 1024 + 1, MIB, 9 * MIB + 13):
        post = s3.generate_presigned_post(BUCKET, 'large')
        data = random_bytes(length)
        answer, text = send(post, data, after=[('submit', 'Upload')])
        assert answer.status == 204, text
        got = s3.get_object(Bucket=BUCKET, Key='large')
        assert got['ETag'] == f'"{md5_hex(data)}"' and got['Body'].read() == data
        assert s3.get_object(Bucket=BUCKET, Key='large', Range=f'bytes={length - 7}-')['Body'].read() == data[-7:]


@case
def fields_and_conditions_of_all_kinds():
    data = b'hello'
    checksum = base64_text(CHECKSUMS['CRC32'](data))
    fields = {'Content-Type': 'text/html', 'x-amz-meta-colour': 'blue', 'success_action_status': '201',
              'x-amz-checksum-crc32': checksum, 'x-amz-checksum-algorithm': 'CRC32'}
    conditions = [{name: value} for name, value in fields.items()] + [['content-length-range', 5, 5]]
    post = s3.generate_presigned_post(BUCKET, 'up/${filename}', Fields=fields, Conditions=conditions)
    answer, text = send(post, data, file_name='r\u00e9sum\u00e9.html')
    assert answer.status == 201, text
    document = ElementTree.fromstring(text)
    assert document.tag == 'PostResponse' and document.findtext('Key') == 'up/r\u00e9sum\u00e9.html'
    head = s3.head_object(Bucket=BUCKET, Key='up/r\u00e9sum\u00e9.html', ChecksumMode='ENABLED')
    assert head['ContentType'] == 'text/html' and head['Metadata'] == {'colour': 'blue'} and head['ChecksumCRC32'] == checksum
    for wrong in (b'hell', b'hello!'):
        answer, text = send(post, wrong)
        assert (answer.status, error_code(text)) == (400, 'EntityTooLarge' if len(wrong) > 5 else 'EntityTooSmall'), text


@case
def what_was_not_signed_is_refused():
    post = s3.generate_presigned_post(BUCKET, 'guarded')
    answer, text = send(post, b'x', extra=[('x-amz-meta-evil', '1')])
    assert (answer.status, error_code(text)) == (403, 'AccessDenied') and b'x-amz-meta-evil' in text, text
    post['fields']['key'] = 'other'
    answer, text = send(post, b'x')
    assert (answer.status, error_code(text)) == (403, 'AccessDenied'), text
    post['fields']['x-amz-signature'] = '0' * 64
    assert error_code(send(post, b'x')[1]) == 'SignatureDoesNotMatch'
    del post['fields']['policy']
    assert error_code(send(post, b'x')[1]) == 'AccessDenied'
    expect_error('404', 404, s3.head_object, Bucket=BUCKET, Key='guarded')


@case
def a_redirect_names_the_object():
    target = 'http://site.test/done?from=form'
    post = s3.generate_presigned_post(BUCKET, 'redirected', Fields={'success_action_redirect': target},
                                      Conditions=[{'success_action_redirect': target}])
    answer, _ = send(post, b'x')
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers['Location']).query))
    assert answer.status == 303 and query == {'from': 'form', 'bucket': BUCKET, 'key': 'redirected', 'etag': f'"{md5_hex(b"x")}"'}, query


@case
def fields_stand_in_any_order_before_the_file():
    post = s3.generate_presigned_post(BUCKET, 'ordered')
    for reverse in (False, True):
        fields = sorted(post['fields'].items(), reverse=reverse)
        content_type, body = multipart(fields, b'in order')
        url = urllib.parse.urlsplit(post['url'])
        connection = http.client.HTTPConnection(url.hostname, url.port)
        connection.request('POST', url.path + '/', body, {'Content-Type': content_type})
        assert connection.getresponse().status == 204
    assert s3.head_object(Bucket=BUCKET, Key='ordered')['ContentLength'] == 8


run_cases()
