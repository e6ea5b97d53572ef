"""Versioning and conditional deletes through boto3: states, null versions, delete markers, listings, restores, emptying a bucket."""
import concurrent.futures

import boto3

import harness
from harness import case, client, expect_error

s3 = client()


def bucket(name, status=None):
    s3.create_bucket(Bucket=name)
    if status:
        set_status(name, status)
    return name


def set_status(name, status):
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={'Status': status})


def put(name, key, body=b'', **options):
    return s3.put_object(Bucket=name, Key=key, Body=body, **options).get('VersionId')


def versions(name, **options):
    """Everything of a bucket as (key, version, is latest, is marker), in the order of each list, page after page."""
    found = []
    for page in s3.get_paginator('list_object_versions').paginate(Bucket=name, **options):
        for kind in ('Versions', 'DeleteMarkers'):
            found += [(entry['Key'], entry['VersionId'], entry['IsLatest'], kind == 'DeleteMarkers') for entry in page.get(kind, [])]
    return found


@case
def the_state_is_absent_then_set():
    name = bucket('versions-state')
    assert 'Status' not in s3.get_bucket_versioning(Bucket=name)
    for status in ('Enabled', 'Suspended', 'Enabled'):
        set_status(name, status)
        assert s3.get_bucket_versioning(Bucket=name)['Status'] == status
    expect_error('NotImplemented', 501, s3.put_bucket_versioning, Bucket=name,
                 VersioningConfiguration={'Status': 'Enabled', 'MFADelete': 'Enabled'})


@case
def old_versions_are_read_by_their_ids():
    name = bucket('versions-read', 'Enabled')
    made = [(put(name, 'key', body), body) for body in (b'one', b'two', b'three')]
    for version, body in made:
        got = s3.get_object(Bucket=name, Key='key', VersionId=version)
        assert got['Body'].read() == body and got['VersionId'] == version
        assert s3.head_object(Bucket=name, Key='key', VersionId=version)['ContentLength'] == len(body)
        assert s3.get_object_tagging(Bucket=name, Key='key', VersionId=version)['VersionId'] == version
    assert s3.get_object(Bucket=name, Key='key')['VersionId'] == made[-1][0]
    assert versions(name) == [('key', version, body == b'three', False) for version, body in reversed(made)]
    expect_error('InvalidArgument', 400, s3.get_object, Bucket=name, Key='key', VersionId='abc')
    expect_error('NoSuchVersion', 404, s3.get_object, Bucket=name, Key='key', VersionId='0' * 31 + '1')


@case
def objects_from_before_are_the_null_version():
    name = bucket('versions-null')
    assert put(name, 'key', b'zero') is None
    set_status(name, 'Enabled')
    one = put(name, 'key', b'one')
    assert s3.get_object(Bucket=name, Key='key', VersionId='null')['Body'].read() == b'zero'
    set_status(name, 'Suspended')
    assert put(name, 'key', b'two') == 'null'
    assert s3.get_object(Bucket=name, Key='key', VersionId='null')['Body'].read() == b'two'
    assert versions(name) == [('key', 'null', True, False), ('key', one, False, False)]
    deleted = s3.delete_object(Bucket=name, Key='key')
    assert deleted['DeleteMarker'] and deleted['VersionId'] == 'null', deleted
    assert versions(name) == [('key', one, False, False), ('key', 'null', True, True)]
    s3.delete_object(Bucket=name, Key='key', VersionId='null')
    assert s3.get_object(Bucket=name, Key='key')['Body'].read() == b'one'


@case
def a_delete_marker_hides_and_can_be_removed():
    name = bucket('versions-marker', 'Enabled')
    put(name, 'key', b'one')
    marker = s3.delete_object(Bucket=name, Key='key')
    assert marker['DeleteMarker'] is True
    error = expect_error('NoSuchKey', 404, s3.get_object, Bucket=name, Key='key')
    assert error['ResponseMetadata']['HTTPHeaders']['x-amz-delete-marker'] == 'true'
    error = expect_error('MethodNotAllowed', 405, s3.get_object, Bucket=name, Key='key', VersionId=marker['VersionId'])
    headers = error['ResponseMetadata']['HTTPHeaders']
    assert headers['x-amz-delete-marker'] == 'true' and headers['allow'] == 'DELETE' and 'last-modified' in headers
    expect_error('405', 405, s3.head_object, Bucket=name, Key='key', VersionId=marker['VersionId'])
    assert s3.list_objects_v2(Bucket=name)['KeyCount'] == 0
    removed = s3.delete_object(Bucket=name, Key='key', VersionId=marker['VersionId'])
    assert removed['DeleteMarker'] is True and removed['VersionId'] == marker['VersionId']
    assert s3.get_object(Bucket=name, Key='key')['Body'].read() == b'one'


@case
def a_version_is_restored_by_a_copy():
    name = bucket('versions-restore', 'Enabled')
    one = put(name, 'key', b'one', Metadata={'a': '1'})
    put(name, 'key', b'two')
    copied = s3.copy_object(Bucket=name, Key='key', CopySource={'Bucket': name, 'Key': 'key', 'VersionId': one})
    assert copied['CopySourceVersionId'] == one and copied['VersionId'] not in (one, None)
    got = s3.get_object(Bucket=name, Key='key')
    assert got['Body'].read() == b'one' and got['Metadata'] == {'a': '1'} and got['VersionId'] == copied['VersionId']
    upload = s3.create_multipart_upload(Bucket=name, Key='copied')['UploadId']
    part = s3.upload_part_copy(Bucket=name, Key='copied', UploadId=upload, PartNumber=1,
                               CopySource={'Bucket': name, 'Key': 'key', 'VersionId': one})
    assert part['CopySourceVersionId'] == one
    done = s3.complete_multipart_upload(Bucket=name, Key='copied', UploadId=upload, MultipartUpload={
        'Parts': [{'PartNumber': 1, 'ETag': part['CopyPartResult']['ETag']}]})
    assert done['VersionId'] == s3.head_object(Bucket=name, Key='copied')['VersionId']


@case
def thousands_of_delete_markers_hide_nothing_and_go():
    """Cases 21, 31 and 32: batches of deletes on a versioned bucket, its pages, and its end."""
    name = bucket('versions-many', 'Enabled')
    keys = [f'key-{number:03}' for number in range(300)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        made = dict(zip(keys, pool.map(lambda key: put(name, key, b'x'), keys)))
    for _ in range(10):
        answer = s3.delete_objects(Bucket=name, Delete={'Objects': [{'Key': key} for key in keys]})
        assert len(answer['Deleted']) == 300 and all(entry['DeleteMarker'] for entry in answer['Deleted'])
    assert 'Contents' not in s3.list_objects_v2(Bucket=name)
    for size in (1000, 37):
        seen = versions(name, PaginationConfig={'PageSize': size})
        assert len(seen) == 3300 and len(set(seen)) == 3300
        assert sorted((key, version) for key, version, _, marker in seen if not marker) == sorted(made.items())
        assert sum(latest for _, _, latest, _ in seen) == 300
    expect_error('BucketNotEmpty', 409, s3.delete_bucket, Bucket=name)
    resource = boto3.resource('s3', endpoint_url=harness.ENDPOINT, aws_access_key_id=harness.ACCESS_KEY,
                              aws_secret_access_key=harness.SECRET_KEY, region_name='us-east-1')
    resource.Bucket(name).object_versions.delete()
    assert versions(name) == []
    s3.delete_bucket(Bucket=name)


@case
def listings_fold_and_go_on_from_markers():
    name = bucket('versions-fold', 'Enabled')
    for key in ('a/1', 'a/2', 'b', 'c/1'):
        put(name, key)
        put(name, key)
    page = s3.list_object_versions(Bucket=name, Delimiter='/')
    assert [entry['Prefix'] for entry in page['CommonPrefixes']] == ['a/', 'c/'] and len(page['Versions']) == 2
    page = s3.list_object_versions(Bucket=name, Delimiter='/', MaxKeys=1)
    assert page['IsTruncated'] and page['NextKeyMarker'] == 'a/', page
    page = s3.list_object_versions(Bucket=name, Delimiter='/', MaxKeys=1, KeyMarker='a/')
    assert page['Versions'][0]['Key'] == 'b' and page['NextKeyMarker'] == 'b'
    page = s3.list_object_versions(Bucket=name, KeyMarker='b', VersionIdMarker=page['NextVersionIdMarker'])
    assert [(entry['Key'], entry['IsLatest']) for entry in page['Versions']] == [('b', False), ('c/1', True), ('c/1', False)]
    assert [entry['Key'] for entry in s3.list_object_versions(Bucket=name, KeyMarker='b')['Versions']] == ['c/1', 'c/1']
    expect_error('InvalidArgument', 400, s3.list_object_versions, Bucket=name, VersionIdMarker='null')


@case
def deletes_are_conditional():
    name = bucket('versions-conditions', 'Enabled')
    etag = s3.put_object(Bucket=name, Key='key', Body=b'one')['ETag']
    expect_error('PreconditionFailed', 412, s3.delete_object, Bucket=name, Key='key', IfMatch='"' + '0' * 32 + '"')
    expect_error('PreconditionFailed', 412, s3.delete_object, Bucket=name, Key='key', IfMatchSize=4)
    modified = s3.head_object(Bucket=name, Key='key')['LastModified']
    assert s3.delete_object(Bucket=name, Key='key', IfMatch=etag, IfMatchSize=3, IfMatchLastModifiedTime=modified)['DeleteMarker']
    expect_error('NoSuchKey', 404, s3.delete_object, Bucket=name, Key='key', IfMatch='*')
    s3.put_object(Bucket=name, Key='key', Body=b'two', IfNoneMatch='*')
    expect_error('PreconditionFailed', 412, s3.put_object, Bucket=name, Key='key', Body=b'x', IfNoneMatch='*')
    expect_error('PreconditionFailed', 412, s3.copy_object, Bucket=name, Key='key', CopySource=f'{name}/key',
                 MetadataDirective='REPLACE', IfMatch=etag)
    modified = s3.head_object(Bucket=name, Key='key')['LastModified']
    answer = s3.delete_objects(Bucket=name, Delete={'Objects': [
        {'Key': 'key', 'Size': 4}, {'Key': 'key', 'ETag': etag}, {'Key': 'key', 'Size': 3, 'LastModifiedTime': modified}]})
    assert [error['Code'] for error in answer['Errors']] == ['PreconditionFailed'] * 2 and len(answer['Deleted']) == 1, answer


@case
def one_of_many_writers_and_one_of_many_deleters_wins():
    name = bucket('versions-races', 'Enabled')
    put(name, 'key')
    s3.delete_object(Bucket=name, Key='key')

    def attempt(call, **options):
        try:
            return call(Bucket=name, Key='key', **options)
        except s3.exceptions.ClientError as error:
            return error.response['Error']['Code']

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        puts = list(pool.map(lambda number: attempt(s3.put_object, Body=str(number), IfNoneMatch='*'), range(16)))
        won = [answer for answer in puts if not isinstance(answer, str)]
        assert len(won) == 1 and puts.count('PreconditionFailed') == 15, puts
        deletes = list(pool.map(lambda _: attempt(s3.delete_object, IfMatch=won[0]['ETag']), range(16)))
    assert sum(not isinstance(answer, str) for answer in deletes) == 1 and deletes.count('NoSuchKey') == 15, deletes


harness.run_cases()
