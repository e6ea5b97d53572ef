"""Buckets and listings through boto3: names, odd keys, prefixes, delimiters, pages, markers."""
import concurrent.futures
from urllib.parse import unquote_plus

import botocore.handlers

from harness import case, client, expect_error, run_cases

s3 = client()
BUCKET = 'listing-bucket'
s3.create_bucket(Bucket=BUCKET)

ODD_KEYS = ['a b', 'a%20b', 'a+b', 'star*', 'what?', 'hash#tag', 'double//slash', '/leading', 'trailing/', './dot', 'a/./b', 'a/../b', '..',
            'tab\tkey', 'line\nkey', 'unit\x1fkey', 'quote"key', "apos'key", 'amp&lt<gt>', 'back\\slash', 'emoji-😀', 'ümlaut', '日本語',
            '~tilde', 'semi;colon', 'eq=uals', 'at@sign', 'comma,', '{brace}', '|', '%', '%2F', 'k' * 1024, 'ü' * 512, 'foo', 'foo/bar']


@case
def odd_keys_are_stored_and_listed_as_they_are():
    for key in ODD_KEYS:
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    for key in ODD_KEYS:
        assert s3.get_object(Bucket=BUCKET, Key=key)['Body'].read() == key.encode(), repr(key)
        assert s3.head_object(Bucket=BUCKET, Key=key)['ContentLength'] == len(key.encode()), repr(key)
    expected = sorted(ODD_KEYS, key=lambda key: key.encode())
    listed = [entry['Key'] for entry in s3.list_objects_v2(Bucket=BUCKET, EncodingType='url')['Contents']]
    assert [unquote_plus(key) for key in listed] == expected or listed == expected, listed
    listed = [entry['Key'] for entry in s3.list_objects_v2(Bucket=BUCKET)['Contents']]
    assert listed == expected, listed
    listed = [entry['Key'] for entry in s3.list_objects(Bucket=BUCKET)['Contents']]
    assert listed == expected, listed


@case
def keys_longer_than_1024_bytes_are_refused():
    expect_error('KeyTooLongError', 400, s3.put_object, Bucket=BUCKET, Key='k' * 1025, Body=b'')
    expect_error('KeyTooLongError', 400, s3.put_object, Bucket=BUCKET, Key='ü' * 513, Body=b'')


@case
def odd_keys_are_copied_and_deleted_in_one_call():
    for key in ('a b', 'a%20b', 'a+b', 'emoji-😀', 'what?', 'a/../b'):
        s3.copy_object(Bucket=BUCKET, Key='copy of ' + key, CopySource={'Bucket': BUCKET, 'Key': key})
        assert s3.get_object(Bucket=BUCKET, Key='copy of ' + key)['Body'].read() == key.encode()
    everything = [entry['Key'] for entry in s3.list_objects_v2(Bucket=BUCKET)['Contents']]
    deleted = s3.delete_objects(Bucket=BUCKET, Delete={'Objects': [{'Key': key} for key in everything if key.isprintable()]})
    assert 'Errors' not in deleted, deleted
    for key in everything:
        s3.delete_object(Bucket=BUCKET, Key=key)
    assert s3.list_objects_v2(Bucket=BUCKET)['KeyCount'] == 0


def put_all(keys):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=BUCKET, Key=key, Body=b''), keys))


@case
def pages_hold_a_thousand_keys_and_lose_none():
    keys = [f'page/{i:05}' for i in range(1203)]
    put_all(keys)
    first = s3.list_objects_v2(Bucket=BUCKET, Prefix='page/', MaxKeys=5000)
    assert first['KeyCount'] == 1000 and first['IsTruncated'] and first['MaxKeys'] == 1000, (first['KeyCount'], first['MaxKeys'])
    rest = s3.list_objects_v2(Bucket=BUCKET, Prefix='page/', ContinuationToken=first['NextContinuationToken'])
    assert not rest['IsTruncated'] and 'NextContinuationToken' not in rest
    assert [entry['Key'] for entry in first['Contents'] + rest['Contents']] == keys
    for size in (7, 400):
        pages = s3.get_paginator('list_objects_v2').paginate(Bucket=BUCKET, Prefix='page/', PaginationConfig={'PageSize': size, 'MaxItems': 900})
        assert [entry['Key'] for page in pages for entry in page['Contents']] == keys[:900], size
    pages = s3.get_paginator('list_objects').paginate(Bucket=BUCKET, Prefix='page/', PaginationConfig={'PageSize': 500})
    assert [entry['Key'] for page in pages for entry in page['Contents']] == keys


@case
def no_keys_asked_for_is_an_empty_page():
    page = s3.list_objects_v2(Bucket=BUCKET, MaxKeys=0)
    assert page['KeyCount'] == 0 and not page['IsTruncated'] and 'Contents' not in page
    expect_error('InvalidArgument', 400, s3.list_objects_v2, Bucket=BUCKET, MaxKeys=-1)


@case
def start_after_and_marker_exclude_their_key():
    page = s3.list_objects_v2(Bucket=BUCKET, Prefix='page/', StartAfter='page/01199')
    assert [entry['Key'] for entry in page['Contents']] == ['page/01200', 'page/01201', 'page/01202']
    page = s3.list_objects(Bucket=BUCKET, Prefix='page/', Marker='page/01201')
    assert [entry['Key'] for entry in page['Contents']] == ['page/01202'] and page['Marker'] == 'page/01201'


@case
def a_delimiter_folds_keys_into_prefixes():
    put_all(['tree/a', 'tree/b/1', 'tree/b/2', 'tree/c--x', 'tree/c--y--z', 'tree/d', 'tree/ä/1', 'tree/ä→2', 'tree/ä→3→4'])

    def folded(prefix, delimiter, **options):
        page = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix, Delimiter=delimiter, **options)
        return [entry['Key'] for entry in page.get('Contents', [])], [entry['Prefix'] for entry in page.get('CommonPrefixes', [])]

    assert folded('tree/', '/') == (['tree/a', 'tree/c--x', 'tree/c--y--z', 'tree/d', 'tree/ä→2', 'tree/ä→3→4'], ['tree/b/', 'tree/ä/'])
    assert folded('tree/c', '--') == ([], ['tree/c--'])
    assert folded('tree/ä', '→') == (['tree/ä/1'], ['tree/ä→'])
    assert folded('tree', '/') == ([], ['tree/'])
    assert folded('t', '/')[1] == ['tree/']
    assert folded('', '/') == ([], ['page/', 'tree/'])
    assert folded('tree/', '/', StartAfter='tree/b/1')[1] == ['tree/b/', 'tree/ä/']
    assert folded('none', '/') == ([], [])
    found = []
    for page in s3.get_paginator('list_objects_v2').paginate(Bucket=BUCKET, Prefix='tree/', Delimiter='/', PaginationConfig={'PageSize': 1}):
        found += [entry['Key'] for entry in page.get('Contents', [])] + [entry['Prefix'] for entry in page.get('CommonPrefixes', [])]
    assert found == ['tree/a', 'tree/b/', 'tree/c--x', 'tree/c--y--z', 'tree/d', 'tree/ä/', 'tree/ä→2', 'tree/ä→3→4'], found


@case
def the_first_version_gives_a_next_marker_only_with_a_delimiter():
    page = s3.list_objects(Bucket=BUCKET, Prefix='tree/', Delimiter='/', MaxKeys=2)
    assert page['NextMarker'] == 'tree/b/', page
    raw = s3.list_objects(Bucket=BUCKET, Prefix='tree/', MaxKeys=2)
    assert raw['IsTruncated'] and 'NextMarker' not in raw


@case
def owners_are_listed_when_asked_for():
    page = s3.list_objects_v2(Bucket=BUCKET, Prefix='tree/a', FetchOwner=True)
    assert page['Contents'][0]['Owner']['ID'], page
    assert 'Owner' not in s3.list_objects_v2(Bucket=BUCKET, Prefix='tree/a')['Contents'][0]


@case
def a_listing_agrees_with_head():
    s3.put_object(Bucket=BUCKET, Key='tree/a', Body=b'12345')
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix='tree/a')['Contents'][0]
    head = s3.head_object(Bucket=BUCKET, Key='tree/a')
    assert listed['ETag'] == head['ETag'] and listed['Size'] == 5 == head['ContentLength'] and listed['StorageClass'] == 'STANDARD'
    assert listed['LastModified'].replace(microsecond=0) == head['LastModified']


@case
def a_bad_token_is_an_invalid_argument():
    expect_error('InvalidArgument', 400, s3.list_objects_v2, Bucket=BUCKET, ContinuationToken='no token of ours ~')
    expect_error('InvalidArgument', 400, s3.list_objects_v2, Bucket=BUCKET, EncodingType='rot13')


@case
def bucket_names_follow_the_rules():
    lenient = client()
    lenient.meta.events.unregister('before-parameter-build.s3', botocore.handlers.validate_bucket_name)
    for name in ('ab', 'UPPER-case', 'under_score', '-start', 'end-', 'two..dots', '192.168.1.4', 'x' * 64):
        expect_error('InvalidBucketName', 400, lenient.create_bucket, Bucket=name)
    expect_error('NoSuchBucket', 404, s3.list_objects_v2, Bucket='nobody-made-this-one')
    expect_error('NoSuchBucket', 404, s3.put_object, Bucket='nobody-made-this-one', Key='x', Body=b'x')
    expect_error('404', 404, s3.head_bucket, Bucket='nobody-made-this-one')
    expect_error('NoSuchBucket', 404, s3.delete_bucket, Bucket='nobody-made-this-one')


@case
def buckets_are_listed_in_pages():
    names = [f'paged-{i}' for i in range(5)]
    for name in names:
        s3.create_bucket(Bucket=name)
    assert [bucket['Name'] for bucket in s3.list_buckets(Prefix='paged-')['Buckets']] == names
    page = s3.list_buckets(Prefix='paged-', MaxBuckets=2)
    assert [bucket['Name'] for bucket in page['Buckets']] == names[:2]
    page = s3.list_buckets(Prefix='paged-', MaxBuckets=2, ContinuationToken=page['ContinuationToken'])
    assert [bucket['Name'] for bucket in page['Buckets']] == names[2:4]
    for name in names:
        s3.delete_bucket(Bucket=name)
    assert s3.list_buckets(Prefix='paged-').get('Buckets', []) == []


@case
def a_location_is_kept():
    europe = client(region='eu-central-1')
    europe.create_bucket(Bucket='located-bucket', CreateBucketConfiguration={'LocationConstraint': 'eu-central-1'})
    assert s3.get_bucket_location(Bucket='located-bucket')['LocationConstraint'] == 'eu-central-1'
    assert s3.get_bucket_location(Bucket=BUCKET)['LocationConstraint'] is None
    s3.delete_bucket(Bucket='located-bucket')


if __name__ == '__main__':
    run_cases()
