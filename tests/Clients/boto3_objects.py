"""Objects through boto3: metadata, ranges, conditions, checksums, copies, deletes."""
import datetime
import hashlib
import urllib.error
import urllib.request

from botocore.exceptions import ParamValidationError

import harness
from harness import case, client, expect_error, random_bytes

s3 = client()
BUCKET = 'objects-bucket'
s3.create_bucket(Bucket=BUCKET)


@case
def a_put_gives_the_md5_as_etag():
    for length in (0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 1048577):
        body = random_bytes(length)
        put = s3.put_object(Bucket=BUCKET, Key=f'size/{length}', Body=body)
        assert put['ETag'] == f'"{harness.md5_hex(body)}"', length
        got = s3.get_object(Bucket=BUCKET, Key=f'size/{length}')
        assert got['ETag'] == put['ETag'] and got['ContentLength'] == length
        assert got['Body'].read() == body, length


@case
def an_overwrite_replaces_the_whole_object():
    s3.put_object(Bucket=BUCKET, Key='twice', Body=random_bytes(100_000), Metadata={'first': 'yes'})
    s3.put_object(Bucket=BUCKET, Key='twice', Body=b'short')
    got = s3.get_object(Bucket=BUCKET, Key='twice')
    assert got['Body'].read() == b'short' and got['Metadata'] == {}


@case
def metadata_and_content_headers_come_back():
    expires = datetime.datetime(2031, 5, 17, 12, 0, 0, tzinfo=datetime.timezone.utc)
    s3.put_object(Bucket=BUCKET, Key='headers', Body=b'x', Metadata={'Owner': 'A b  c', 'empty': ''}, ContentType='text/markdown',
                  CacheControl='max-age=60', ContentDisposition='attachment; filename="u.txt"', ContentEncoding='gzip',
                  ContentLanguage='de, en', Expires=expires)
    for got in (s3.head_object(Bucket=BUCKET, Key='headers'), s3.get_object(Bucket=BUCKET, Key='headers')):
        assert got['Metadata'] == {'owner': 'A b  c', 'empty': ''}, got['Metadata']
        assert got['ContentType'] == 'text/markdown' and got['CacheControl'] == 'max-age=60'
        assert got['ContentEncoding'] == 'gzip' and got['ContentLanguage'] == 'de, en'
        assert 'attachment' in got['ContentDisposition']
        assert got['ExpiresString'] == 'Sat, 17 May 2031 12:00:00 GMT', got['ExpiresString']


@case
def metadata_beyond_ascii_travels_encoded():
    # botocore refuses other characters before anything is sent; encoded words (RFC 2047) are plain text to the server.
    try:
        s3.put_object(Bucket=BUCKET, Key='encoded', Body=b'x', Metadata={'name': 'ü'})
        raise AssertionError('botocore sent metadata beyond ASCII')
    except ParamValidationError:
        pass
    s3.put_object(Bucket=BUCKET, Key='encoded', Body=b'x', Metadata={'name': '=?UTF-8?B?w7w=?='})
    assert s3.head_object(Bucket=BUCKET, Key='encoded')['Metadata'] == {'name': '=?UTF-8?B?w7w=?='}


@case
def aws_chunked_is_never_stored_as_content_encoding():
    s3.put_object(Bucket=BUCKET, Key='chunked', Body=b'payload', ChecksumAlgorithm='CRC32')
    got = s3.get_object(Bucket=BUCKET, Key='chunked')
    assert 'aws-chunked' not in got.get('ContentEncoding', ''), got
    assert got['Body'].read() == b'payload'


@case
def default_content_type_is_binary():
    s3.put_object(Bucket=BUCKET, Key='plain', Body=b'x')
    assert s3.head_object(Bucket=BUCKET, Key='plain')['ContentType'] == 'binary/octet-stream'


@case
def metadata_above_two_kib_is_refused():
    expect_error('MetadataTooLarge', 400, s3.put_object, Bucket=BUCKET, Key='meta', Body=b'x', Metadata={'long': 'v' * 2100})
    expect_error('404', 404, s3.head_object, Bucket=BUCKET, Key='meta')
    s3.put_object(Bucket=BUCKET, Key='meta', Body=b'x', Metadata={'long': 'v' * 2000})


@case
def response_overrides_replace_headers():
    got = s3.get_object(Bucket=BUCKET, Key='headers', ResponseContentType='text/csv', ResponseCacheControl='no-store',
                        ResponseContentDisposition='inline', ResponseContentEncoding='identity', ResponseContentLanguage='fr')
    assert (got['ContentType'], got['CacheControl'], got['ContentDisposition'], got['ContentLanguage']) == \
        ('text/csv', 'no-store', 'inline', 'fr'), got


@case
def ranges_give_exactly_their_bytes():
    body = random_bytes(300_000, seed=2)
    s3.put_object(Bucket=BUCKET, Key='range', Body=body)
    for text, first, last in (('0-0', 0, 0), ('0-65535', 0, 65535), ('65535-65536', 65535, 65536), ('1-299999', 1, 299_999),
                              ('299999-', 299_999, 299_999), ('100000-999999', 100_000, 299_999), ('-1', 299_999, 299_999),
                              ('-70000', 230_000, 299_999), ('-400000', 0, 299_999)):
        got = s3.get_object(Bucket=BUCKET, Key='range', Range=f'bytes={text}')
        assert got['Body'].read() == body[first:last + 1], text
        assert got['ContentRange'] == f'bytes {first}-{last}/300000', (text, got['ContentRange'])
        assert got['ResponseMetadata']['HTTPStatusCode'] == 206, text
    expect_error('InvalidRange', 416, s3.get_object, Bucket=BUCKET, Key='range', Range='bytes=300000-')
    expect_error('InvalidRange', 416, s3.get_object, Bucket=BUCKET, Key='range', Range='bytes=-0')
    for ignored in ('bytes=9-3', 'lines=1-2', 'bytes=a-b'):
        assert s3.get_object(Bucket=BUCKET, Key='range', Range=ignored)['Body'].read() == body, ignored
    head = s3.head_object(Bucket=BUCKET, Key='range', Range='bytes=10-19')
    assert head['ContentLength'] == 10, head


@case
def reads_honour_all_four_conditions():
    etag = s3.put_object(Bucket=BUCKET, Key='cond', Body=b'one')['ETag']
    modified = s3.head_object(Bucket=BUCKET, Key='cond')['LastModified']
    earlier, later = modified - datetime.timedelta(hours=1), modified + datetime.timedelta(hours=1)
    for call in (s3.get_object, s3.head_object):
        for tag in (etag, etag.strip('"'), '*', f'"0", {etag}', f'W/{etag}'):
            expect_error('304', 304, call, Bucket=BUCKET, Key='cond', IfNoneMatch=tag)
        call(Bucket=BUCKET, Key='cond', IfNoneMatch='"00000000000000000000000000000000"')
        for tag in (etag, etag.strip('"'), '*', f'"0", {etag}'):
            call(Bucket=BUCKET, Key='cond', IfMatch=tag)
        code = 'PreconditionFailed' if call == s3.get_object else '412'
        expect_error(code, 412, call, Bucket=BUCKET, Key='cond', IfMatch='"00000000000000000000000000000000"')
        expect_error('304', 304, call, Bucket=BUCKET, Key='cond', IfModifiedSince=later)
        call(Bucket=BUCKET, Key='cond', IfModifiedSince=earlier)
        expect_error(code, 412, call, Bucket=BUCKET, Key='cond', IfUnmodifiedSince=earlier)
        call(Bucket=BUCKET, Key='cond', IfUnmodifiedSince=later)
        call(Bucket=BUCKET, Key='cond', IfMatch=etag, IfUnmodifiedSince=earlier)


@case
def conditional_writes_guard_the_key():
    s3.put_object(Bucket=BUCKET, Key='guard', Body=b'one', IfNoneMatch='*')
    expect_error('PreconditionFailed', 412, s3.put_object, Bucket=BUCKET, Key='guard', Body=b'two', IfNoneMatch='*')
    etag = s3.head_object(Bucket=BUCKET, Key='guard')['ETag']
    expect_error('PreconditionFailed', 412, s3.put_object, Bucket=BUCKET, Key='guard', Body=b'two', IfMatch='"ffffffffffffffffffffffffffffffff"')
    s3.put_object(Bucket=BUCKET, Key='guard', Body=b'two', IfMatch=etag)
    expect_error('NoSuchKey', 404, s3.put_object, Bucket=BUCKET, Key='never-there', Body=b'x', IfMatch=etag)
    assert s3.get_object(Bucket=BUCKET, Key='guard')['Body'].read() == b'two'


@case
def every_checksum_is_kept_and_given_back():
    body = random_bytes(70_001, seed=3)
    for kind, compute in harness.CHECKSUMS.items():
        value = harness.base64_text(compute(body))
        put = s3.put_object(Bucket=BUCKET, Key=f'sum/{kind}', Body=body, **{f'Checksum{kind}': value})
        assert put[f'Checksum{kind}'] == value, put
        for call in (s3.head_object, s3.get_object):
            got = call(Bucket=BUCKET, Key=f'sum/{kind}', ChecksumMode='ENABLED')
            assert got[f'Checksum{kind}'] == value and got['ChecksumType'] == 'FULL_OBJECT', (kind, got)
        plain = client(response_checksum_validation='when_required').head_object(Bucket=BUCKET, Key=f'sum/{kind}')
        assert f'Checksum{kind}' not in plain, plain


@case
def a_wrong_checksum_is_refused_and_leaves_nothing():
    for kind, compute in harness.CHECKSUMS.items():
        wrong = harness.base64_text(compute(b'other bytes'))
        error = expect_error('BadDigest', 400, s3.put_object, Bucket=BUCKET, Key='bad', Body=b'these bytes', **{f'Checksum{kind}': wrong})
        assert error['Error']['Message']
    expect_error('BadDigest', 400, s3.put_object, Bucket=BUCKET, Key='bad', Body=b'these bytes',
                 ContentMD5=harness.base64_text(hashlib.md5(b'other').digest()))
    expect_error('InvalidDigest', 400, s3.put_object, Bucket=BUCKET, Key='bad', Body=b'these bytes', ContentMD5='bm90IGFuIG1kNQ==')
    expect_error('InvalidRequest', 400, s3.put_object, Bucket=BUCKET, Key='bad', Body=b'these bytes', ChecksumCRC32='AAAA')
    expect_error('404', 404, s3.head_object, Bucket=BUCKET, Key='bad')


@case
def trailers_carry_the_checksums_botocore_computes():
    for kind in ('CRC32', 'SHA1', 'SHA256'):
        body = random_bytes(200_003, seed=4)
        put = s3.put_object(Bucket=BUCKET, Key=f'trailer/{kind}', Body=body, ChecksumAlgorithm=kind)
        assert put[f'Checksum{kind}'] == harness.base64_text(harness.CHECKSUMS[kind](body))
        assert s3.get_object(Bucket=BUCKET, Key=f'trailer/{kind}', ChecksumMode='ENABLED')['Body'].read() == body


@case
def payloads_may_be_signed_or_not():
    for signed in (True, False):
        signer = client(s3={'payload_signing_enabled': signed}, request_checksum_calculation='when_required')
        signer.put_object(Bucket=BUCKET, Key='payload', Body=f'signed {signed}'.encode())
        assert s3.get_object(Bucket=BUCKET, Key='payload')['Body'].read() == f'signed {signed}'.encode()


@case
def a_copy_keeps_or_replaces_metadata():
    body = random_bytes(150_000, seed=5)
    s3.put_object(Bucket=BUCKET, Key='source key+ü', Body=body, Metadata={'a': '1'}, ContentType='text/plain')
    source = {'Bucket': BUCKET, 'Key': 'source key+ü'}
    copied = s3.copy_object(Bucket=BUCKET, Key='copy', CopySource=source)
    assert copied['CopyObjectResult']['ETag'] == f'"{harness.md5_hex(body)}"'
    got = s3.get_object(Bucket=BUCKET, Key='copy')
    assert got['Body'].read() == body and got['Metadata'] == {'a': '1'} and got['ContentType'] == 'text/plain'
    s3.copy_object(Bucket=BUCKET, Key='copy', CopySource=source, MetadataDirective='REPLACE', Metadata={'b': '2'}, ContentType='text/css')
    got = s3.head_object(Bucket=BUCKET, Key='copy')
    assert got['Metadata'] == {'b': '2'} and got['ContentType'] == 'text/css'
    s3.copy_object(Bucket=BUCKET, Key='copy', CopySource={'Bucket': BUCKET, 'Key': 'copy'}, MetadataDirective='REPLACE', Metadata={'c': '3'})
    got = s3.get_object(Bucket=BUCKET, Key='copy')
    assert got['Metadata'] == {'c': '3'} and got['Body'].read() == body
    expect_error('InvalidRequest', 400, s3.copy_object, Bucket=BUCKET, Key='copy', CopySource={'Bucket': BUCKET, 'Key': 'copy'})
    expect_error('NoSuchKey', 404, s3.copy_object, Bucket=BUCKET, Key='copy', CopySource={'Bucket': BUCKET, 'Key': 'missing'})
    expect_error('NoSuchBucket', 404, s3.copy_object, Bucket=BUCKET, Key='copy', CopySource={'Bucket': 'missing-bucket', 'Key': 'x'})
    expect_error('PreconditionFailed', 412, s3.copy_object, Bucket=BUCKET, Key='copy', CopySource=source, CopySourceIfNoneMatch='*')


@case
def a_copied_object_outlives_its_source():
    body = random_bytes(3_000_000, seed=6)
    s3.put_object(Bucket=BUCKET, Key='parent', Body=body)
    s3.copy_object(Bucket=BUCKET, Key='child', CopySource={'Bucket': BUCKET, 'Key': 'parent'})
    s3.delete_object(Bucket=BUCKET, Key='parent')
    assert s3.get_object(Bucket=BUCKET, Key='child')['Body'].read() == body


@case
def a_thousand_keys_go_in_one_delete():
    keys = [f'many/{i:04}' for i in range(1000)]
    for key in keys[:50]:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b'x')
    deleted = s3.delete_objects(Bucket=BUCKET, Delete={'Objects': [{'Key': key} for key in keys]})
    assert [entry['Key'] for entry in deleted['Deleted']] == keys and 'Errors' not in deleted
    assert 'Contents' not in s3.list_objects_v2(Bucket=BUCKET, Prefix='many/')
    s3.put_object(Bucket=BUCKET, Key='quiet', Body=b'x')
    quiet = s3.delete_objects(Bucket=BUCKET, Delete={'Quiet': True, 'Objects': [{'Key': 'quiet'}, {'Key': 'not & there <'}]})
    assert 'Deleted' not in quiet and 'Errors' not in quiet, quiet
    expect_error('MalformedXML', 400, s3.delete_objects, Bucket=BUCKET, Delete={'Objects': [{'Key': str(i)} for i in range(1001)]})


@case
def deleting_a_folder_key_keeps_its_children():
    s3.put_object(Bucket=BUCKET, Key='folder/', Body=b'')
    s3.put_object(Bucket=BUCKET, Key='folder/child', Body=b'c')
    s3.delete_object(Bucket=BUCKET, Key='folder/')
    assert s3.get_object(Bucket=BUCKET, Key='folder/child')['Body'].read() == b'c'
    s3.delete_object(Bucket=BUCKET, Key='never existed')


@case
def a_presigned_url_is_good_for_its_method_only():
    url = s3.generate_presigned_url('get_object', Params={'Bucket': BUCKET, 'Key': 'twice'}, ExpiresIn=60)
    try:
        urllib.request.urlopen(urllib.request.Request(url, method='HEAD'))
        raise AssertionError('HEAD was accepted')
    except urllib.error.HTTPError as refused:
        assert refused.code == 403
    head = s3.generate_presigned_url('head_object', Params={'Bucket': BUCKET, 'Key': 'twice'}, ExpiresIn=60)
    assert urllib.request.urlopen(urllib.request.Request(head, method='HEAD')).status == 200


if __name__ == '__main__':
    harness.run_cases()
