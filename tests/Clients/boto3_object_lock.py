"""Object Lock through boto3: buckets, default retention, retention in both modes, legal holds, deletes that are refused."""
import datetime
import io
import time

import harness
from harness import case, client, expect_error

s3 = client()
GOVERNANCE, COMPLIANCE = 'GOVERNANCE', 'COMPLIANCE'


def later(**delta):
    """A time to come, in whole seconds as boto3 writes them into headers."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)).replace(microsecond=0)


def bucket(name, retention=None):
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    if retention:
        set_default(name, **retention)
    return name


def set_default(name, **retention):
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration={
        'ObjectLockEnabled': 'Enabled', 'Rule': {'DefaultRetention': retention}})


def put(name, key='key', body=b'body', **options):
    return s3.put_object(Bucket=name, Key=key, Body=body, **options)['VersionId']


def retain(name, version, mode, until, **options):
    s3.put_object_retention(Bucket=name, Key='key', VersionId=version, Retention={'Mode': mode, 'RetainUntilDate': until}, **options)


def expect_locked(name, version, key='key', **options):
    expect_error('AccessDenied', 403, s3.delete_object, Bucket=name, Key=key, VersionId=version, **options)


@case
def a_bucket_keeps_its_object_lock():
    name = bucket('lock-bucket')
    assert s3.get_object_lock_configuration(Bucket=name)['ObjectLockConfiguration'] == {'ObjectLockEnabled': 'Enabled'}
    assert s3.get_bucket_versioning(Bucket=name)['Status'] == 'Enabled'
    expect_error('InvalidBucketState', 409, s3.put_bucket_versioning, Bucket=name, VersioningConfiguration={'Status': 'Suspended'})
    set_default(name, Mode=COMPLIANCE, Years=1)
    rule = s3.get_object_lock_configuration(Bucket=name)['ObjectLockConfiguration']['Rule']
    assert rule == {'DefaultRetention': {'Mode': COMPLIANCE, 'Years': 1}}
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration={'ObjectLockEnabled': 'Enabled'})
    assert 'Rule' not in s3.get_object_lock_configuration(Bucket=name)['ObjectLockConfiguration']


@case
def an_existing_bucket_gets_object_lock_with_versioning():
    name = 'lock-existing'
    s3.create_bucket(Bucket=name)
    expect_error('ObjectLockConfigurationNotFoundError', 404, s3.get_object_lock_configuration, Bucket=name)
    configuration = {'ObjectLockEnabled': 'Enabled'}
    expect_error('InvalidBucketState', 409, s3.put_object_lock_configuration, Bucket=name, ObjectLockConfiguration=configuration)
    before = s3.put_object(Bucket=name, Key='key', Body=b'before').get('VersionId')
    assert before is None
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={'Status': 'Enabled'})
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=configuration)
    # The version from before versioning can be locked too.
    s3.put_object_legal_hold(Bucket=name, Key='key', VersionId='null', LegalHold={'Status': 'ON'})
    put(name)
    expect_locked(name, 'null')
    s3.put_object_legal_hold(Bucket=name, Key='key', VersionId='null', LegalHold={'Status': 'OFF'})
    s3.delete_object(Bucket=name, Key='key', VersionId='null')


@case
def wrong_configurations_are_refused():
    name = bucket('lock-wrong')

    def refused(code, **retention):
        expect_error(code, 400, s3.put_object_lock_configuration, Bucket=name, ObjectLockConfiguration={
            'ObjectLockEnabled': 'Enabled', 'Rule': {'DefaultRetention': retention}})
    refused('InvalidArgument', Mode=GOVERNANCE, Days=0)
    refused('InvalidArgument', Mode=GOVERNANCE, Years=-1)
    refused('InvalidArgument', Mode=GOVERNANCE, Days=36501)
    refused('MalformedXML', Mode=GOVERNANCE, Days=1, Years=1)
    refused('MalformedXML', Mode='abc', Days=1)
    expect_error('MalformedXML', 400, s3.put_object_lock_configuration, Bucket=name,
                 ObjectLockConfiguration={'ObjectLockEnabled': 'Disabled'})


@case
def governance_is_extended_and_bypassed():
    name = bucket('lock-governance')
    version = put(name)
    expect_error('NoSuchObjectLockConfiguration', 404, s3.get_object_retention, Bucket=name, Key='key')
    until = later(days=2)
    retain(name, version, GOVERNANCE, until)
    assert s3.get_object_retention(Bucket=name, Key='key')['Retention'] == {'Mode': GOVERNANCE, 'RetainUntilDate': until}
    retain(name, version, GOVERNANCE, later(days=3))
    expect_error('AccessDenied', 403, retain, name, version, GOVERNANCE, later(days=1))
    expect_error('AccessDenied', 403, retain, name, version, COMPLIANCE, later(days=4))
    expect_locked(name, version)
    retain(name, version, GOVERNANCE, later(days=1), BypassGovernanceRetention=True)
    s3.put_object_retention(Bucket=name, Key='key', VersionId=version, Retention={}, BypassGovernanceRetention=True)
    expect_error('NoSuchObjectLockConfiguration', 404, s3.get_object_retention, Bucket=name, Key='key')
    retain(name, version, GOVERNANCE, later(days=1))
    s3.delete_object(Bucket=name, Key='key', VersionId=version, BypassGovernanceRetention=True)
    expect_error('InvalidArgument', 400, retain, name, put(name), GOVERNANCE, later(days=-1))


@case
def compliance_ends_with_its_time_alone():
    name = bucket('lock-compliance')
    version = put(name)
    until = later(seconds=3)
    retain(name, version, COMPLIANCE, until)
    expect_locked(name, version, BypassGovernanceRetention=True)
    expect_error('AccessDenied', 403, retain, name, version, GOVERNANCE, later(days=1), BypassGovernanceRetention=True)
    expect_error('AccessDenied', 403, s3.put_object_retention, Bucket=name, Key='key', VersionId=version, Retention={},
                 BypassGovernanceRetention=True)
    while later() < until:
        time.sleep(0.1)
    s3.delete_object(Bucket=name, Key='key', VersionId=version)
    expect_error('NoSuchVersion', 404, s3.get_object, Bucket=name, Key='key', VersionId=version)


@case
def a_hold_lasts_until_it_is_lifted():
    name = bucket('lock-hold')
    version = put(name, ObjectLockLegalHoldStatus='ON')
    assert s3.get_object_legal_hold(Bucket=name, Key='key')['LegalHold'] == {'Status': 'ON'}
    expect_locked(name, version, BypassGovernanceRetention=True)
    marker = s3.delete_object(Bucket=name, Key='key')['VersionId']
    s3.delete_object(Bucket=name, Key='key', VersionId=marker)
    s3.put_object_legal_hold(Bucket=name, Key='key', LegalHold={'Status': 'OFF'})
    assert s3.head_object(Bucket=name, Key='key')['ObjectLockLegalHoldStatus'] == 'OFF'
    s3.delete_object(Bucket=name, Key='key', VersionId=version)
    put(name)
    expect_error('MalformedXML', 400, s3.put_object_legal_hold, Bucket=name, Key='key', LegalHold={'Status': 'abc'})


@case
def locks_come_with_every_kind_of_upload():
    name = bucket('lock-uploads')
    until = later(hours=1)
    lock = {'ObjectLockMode': GOVERNANCE, 'ObjectLockRetainUntilDate': until, 'ObjectLockLegalHoldStatus': 'ON'}
    put(name, 'put', **lock)
    s3.copy_object(Bucket=name, Key='copy', CopySource=f'{name}/put', **lock)
    s3.copy_object(Bucket=name, Key='plain-copy', CopySource=f'{name}/put')
    s3.upload_fileobj(io.BytesIO(bytes(9 << 20)), name, 'multipart', ExtraArgs=lock)
    for key in ('put', 'copy', 'multipart'):
        for read in (s3.head_object, s3.get_object):
            found = read(Bucket=name, Key=key)
            assert {each: found[each] for each in lock} == lock, key
        expect_locked(name, found['VersionId'], key, BypassGovernanceRetention=True)
    assert not set(lock) & set(s3.head_object(Bucket=name, Key='plain-copy'))
    expect_error('InvalidArgument', 400, put, name, ObjectLockMode=GOVERNANCE)
    expect_error('InvalidArgument', 400, put, name, ObjectLockMode=GOVERNANCE, ObjectLockRetainUntilDate=later(days=-1))


@case
def a_default_retention_is_every_new_versions():
    name = bucket('lock-default', {'Mode': GOVERNANCE, 'Days': 1})
    put(name, 'put')
    s3.copy_object(Bucket=name, Key='copy', CopySource=f'{name}/put')
    s3.upload_fileobj(io.BytesIO(bytes(9 << 20)), name, 'multipart')
    for key in ('put', 'copy', 'multipart'):
        head = s3.head_object(Bucket=name, Key=key)
        kept = head['ObjectLockRetainUntilDate'] - head['LastModified']
        # LastModified is in whole seconds.
        assert head['ObjectLockMode'] == GOVERNANCE
        assert datetime.timedelta(days=1) <= kept < datetime.timedelta(days=1, seconds=1)
        expect_locked(name, head['VersionId'], key)
    own = put(name, 'own', ObjectLockMode=COMPLIANCE, ObjectLockRetainUntilDate=later(seconds=3))
    assert s3.head_object(Bucket=name, Key='own', VersionId=own)['ObjectLockMode'] == COMPLIANCE


@case
def a_batch_delete_refuses_what_is_locked():
    name = bucket('lock-batch')
    free, governed, held = put(name, 'free'), put(name, 'governed'), put(name, 'held', ObjectLockLegalHoldStatus='ON')
    s3.put_object_retention(Bucket=name, Key='governed', Retention={'Mode': GOVERNANCE, 'RetainUntilDate': later(days=1)})
    objects = [{'Key': key, 'VersionId': version} for key, version in (('free', free), ('governed', governed), ('held', held))]
    answer = s3.delete_objects(Bucket=name, Delete={'Objects': objects})
    assert [entry['Key'] for entry in answer['Deleted']] == ['free']
    assert [(entry['Key'], entry['Code']) for entry in answer['Errors']] == [('governed', 'AccessDenied'), ('held', 'AccessDenied')]
    answer = s3.delete_objects(Bucket=name, Delete={'Objects': objects}, BypassGovernanceRetention=True)
    assert [entry['Key'] for entry in answer['Errors']] == ['held']
    expect_error('BucketNotEmpty', 409, s3.delete_bucket, Bucket=name)
    s3.put_object_tagging(Bucket=name, Key='held', Tagging={'TagSet': [{'Key': 'a', 'Value': '1'}]})
    expect_locked(name, held, 'held')


@case
def a_bucket_without_object_lock_locks_nothing():
    name = 'lock-none'
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key='key', Body=b'')
    target = {'Bucket': name, 'Key': 'key'}
    expect_error('InvalidRequest', 400, s3.get_object_retention, **target)
    expect_error('InvalidRequest', 400, s3.get_object_legal_hold, **target)
    expect_error('InvalidRequest', 400, s3.put_object_legal_hold, LegalHold={'Status': 'ON'}, **target)
    expect_error('InvalidRequest', 400, s3.put_object_retention, Retention={'Mode': GOVERNANCE, 'RetainUntilDate': later(days=1)}, **target)
    expect_error('InvalidRequest', 400, s3.put_object, Body=b'', ObjectLockLegalHoldStatus='ON', **target)


harness.run_cases()
