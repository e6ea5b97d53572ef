"""Lifecycle rules through boto3: what is set comes back as it was, answers tell of it, what cannot be is refused."""
import datetime
import re

import harness
from harness import case, client, expect_error

s3 = client()
MIDNIGHT = datetime.datetime(2035, 6, 1, tzinfo=datetime.timezone.utc)


def bucket(name, rules=None):
    s3.create_bucket(Bucket=name)
    if rules:
        set_rules(name, rules)
    return name


def set_rules(name, rules, **options):
    return s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={'Rules': rules}, **options)


def rules_of(name):
    return s3.get_bucket_lifecycle_configuration(Bucket=name)['Rules']


@case
def a_rule_that_only_aborts_uploads_comes_back_unchanged():
    rule = {'ID': 'abort', 'Filter': {'Prefix': 'uploads/'}, 'Status': 'Enabled',
            'AbortIncompleteMultipartUpload': {'DaysAfterInitiation': 7}}
    name = bucket('lifecycle-abort', [rule])
    assert rules_of(name) == [rule]
    set_rules(name, rules_of(name))
    assert rules_of(name) == [rule]


@case
def every_form_comes_back_unchanged():
    rules = [
        {'ID': 'all', 'Filter': {'Prefix': ''}, 'Status': 'Disabled', 'Expiration': {'Days': 365}},
        {'ID': 'tag', 'Filter': {'Tag': {'Key': 'k', 'Value': 'v'}}, 'Status': 'Enabled', 'Expiration': {'Date': MIDNIGHT}},
        {'ID': 'small', 'Filter': {'ObjectSizeLessThan': 1}, 'Status': 'Enabled', 'NoncurrentVersionExpiration': {'NoncurrentDays': 1}},
        {'ID': 'both', 'Filter': {'And': {'Prefix': 'é/', 'Tags': [{'Key': 'a', 'Value': 'b'}, {'Key': 'c', 'Value': ''}],
                                          'ObjectSizeGreaterThan': 10, 'ObjectSizeLessThan': 20}},
         'Status': 'Enabled', 'Expiration': {'Days': 1},
         'NoncurrentVersionExpiration': {'NoncurrentDays': 2, 'NewerNoncurrentVersions': 3}},
        {'ID': 'markers', 'Filter': {'Prefix': 'm/'}, 'Status': 'Enabled', 'Expiration': {'ExpiredObjectDeleteMarker': True}},
    ]
    name = bucket('lifecycle-forms', rules)
    assert rules_of(name) == rules, rules_of(name)
    old = [{'ID': 'old', 'Prefix': 'old/', 'Status': 'Enabled', 'Expiration': {'Days': 9}}]
    set_rules(name, old)
    assert rules_of(name) == old, rules_of(name)
    s3.delete_bucket_lifecycle(Bucket=name)
    expect_error('NoSuchLifecycleConfiguration', 404, s3.get_bucket_lifecycle_configuration, Bucket=name)


@case
def an_id_is_made_and_the_minimum_size_kept():
    name = bucket('lifecycle-id')
    answer = set_rules(name, [{'Filter': {}, 'Status': 'Enabled', 'Expiration': {'Days': 9}}])
    assert answer['TransitionDefaultMinimumObjectSize'] == 'all_storage_classes_128K'
    made = rules_of(name)[0]
    assert len(made['ID']) == 48, made
    set_rules(name, [made], TransitionDefaultMinimumObjectSize='varies_by_storage_class')
    answer = s3.get_bucket_lifecycle_configuration(Bucket=name)
    assert (answer['Rules'], answer['TransitionDefaultMinimumObjectSize']) == ([made], 'varies_by_storage_class')


@case
def what_cannot_be_is_refused():
    name = bucket('lifecycle-refused')

    def refused(code, status, **rule):
        rule = {'Filter': {}, 'Status': 'Enabled', **rule}
        return expect_error(code, status, set_rules, name, [rule])

    refused('NotImplemented', 501, Transitions=[{'Days': 30, 'StorageClass': 'GLACIER'}])
    refused('InvalidArgument', 400, Expiration={'Days': 0})
    refused('InvalidArgument', 400, Expiration={'Date': MIDNIGHT + datetime.timedelta(hours=1)})
    refused('MalformedXML', 400, Expiration={'Days': 1, 'ExpiredObjectDeleteMarker': True})
    refused('MalformedXML', 400, Status='enabled', Expiration={'Days': 1})
    refused('InvalidRequest', 400)
    expect_error('NoSuchLifecycleConfiguration', 404, s3.get_bucket_lifecycle_configuration, Bucket=name)


@case
def answers_tell_of_the_rule():
    name = bucket('lifecycle-told', [
        {'ID': 'a rule', 'Filter': {'Prefix': 'tmp/'}, 'Status': 'Enabled', 'Expiration': {'Days': 1},
         'AbortIncompleteMultipartUpload': {'DaysAfterInitiation': 2}}])
    told = s3.put_object(Bucket=name, Key='tmp/key', Body=b'body')['Expiration']
    match = re.fullmatch(r'expiry-date="(.+) 00:00:00 GMT", rule-id="a rule"', told)
    assert match, told
    assert s3.head_object(Bucket=name, Key='tmp/key')['Expiration'] == told
    assert s3.get_object(Bucket=name, Key='tmp/key')['Expiration'] == told
    assert 'Expiration' not in s3.put_object(Bucket=name, Key='key', Body=b'body')
    upload = s3.create_multipart_upload(Bucket=name, Key='tmp/big')
    assert upload['AbortRuleId'] == 'a rule'
    parts = s3.list_parts(Bucket=name, Key='tmp/big', UploadId=upload['UploadId'])
    assert parts['AbortDate'] == upload['AbortDate'] > datetime.datetime.now(datetime.timezone.utc)
    part = s3.upload_part(Bucket=name, Key='tmp/big', UploadId=upload['UploadId'], PartNumber=1, Body=b'part')
    done = s3.complete_multipart_upload(Bucket=name, Key='tmp/big', UploadId=upload['UploadId'],
                                        MultipartUpload={'Parts': [{'PartNumber': 1, 'ETag': part['ETag']}]})
    assert done['Expiration'].endswith('rule-id="a rule"'), done


harness.run_cases()
