"""Tags of objects and buckets through boto3."""
import harness
from harness import MIB, case, client, expect_error, random_bytes

s3 = client()
BUCKET = 'tags-bucket'
s3.create_bucket(Bucket=BUCKET)


def tag_set(**tags):
    return {'TagSet': [{'Key': key, 'Value': value} for key, value in tags.items()]}


def tags_of(key):
    return {tag['Key']: tag['Value'] for tag in s3.get_object_tagging(Bucket=BUCKET, Key=key)['TagSet']}


@case
def tags_are_put_read_and_deleted():
    etag = s3.put_object(Bucket=BUCKET, Key='key', Body=b'body', Metadata={'a': '1'})['ETag']
    modified = s3.head_object(Bucket=BUCKET, Key='key')['LastModified']
    assert tags_of('key') == {}
    s3.put_object_tagging(Bucket=BUCKET, Key='key', Tagging=tag_set(colour='blue', size='10 m', empty=''))
    assert tags_of('key') == {'colour': 'blue', 'size': '10 m', 'empty': ''}
    got = s3.get_object(Bucket=BUCKET, Key='key')
    assert got['TagCount'] == 3 and got['ETag'] == etag and got['LastModified'] == modified and got['Metadata'] == {'a': '1'}, got
    assert got['Body'].read() == b'body'
    s3.put_object_tagging(Bucket=BUCKET, Key='key', Tagging=tag_set(only='one'))
    assert tags_of('key') == {'only': 'one'}
    assert s3.delete_object_tagging(Bucket=BUCKET, Key='key')['ResponseMetadata']['HTTPStatusCode'] == 204
    assert tags_of('key') == {} and 'TagCount' not in s3.get_object(Bucket=BUCKET, Key='key')
    expect_error('NoSuchKey', 404, s3.get_object_tagging, Bucket=BUCKET, Key='missing')


@case
def the_limits_are_those_of_aws():
    s3.put_object(Bucket=BUCKET, Key='limits', Body=b'x')

    def put(tags):
        return s3.put_object_tagging(Bucket=BUCKET, Key='limits', Tagging={'TagSet': [{'Key': k, 'Value': v} for k, v in tags]})

    put([(f'{i}' + 'k' * 127, 'v' * 256) for i in range(10)])
    expect_error('BadRequest', 400, put, [(str(i), '') for i in range(11)])
    expect_error('InvalidTag', 400, put, [('a', '1'), ('a', '2')])
    expect_error('InvalidTag', 400, put, [('k' * 129, '')])
    expect_error('InvalidTag', 400, put, [('k', 'v' * 257)])
    expect_error('InvalidTag', 400, put, [('k!', '')])
    expect_error('InvalidTag', 400, put, [('aws:k', '')])
    assert len(tags_of('limits')) == 10


@case
def tags_come_with_puts_uploads_and_copies():
    s3.put_object(Bucket=BUCKET, Key='put', Body=b'x', Tagging='a=1&b=two%20words')
    assert tags_of('put') == {'a': '1', 'b': 'two words'}
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key='parts', Tagging='c=3')['UploadId']
    etag = s3.upload_part(Bucket=BUCKET, Key='parts', UploadId=upload, PartNumber=1, Body=random_bytes(MIB))['ETag']
    s3.complete_multipart_upload(Bucket=BUCKET, Key='parts', UploadId=upload,
                                 MultipartUpload={'Parts': [{'PartNumber': 1, 'ETag': etag}]})
    assert tags_of('parts') == {'c': '3'} and s3.get_object(Bucket=BUCKET, Key='parts')['TagCount'] == 1
    source = {'Bucket': BUCKET, 'Key': 'put'}
    s3.copy_object(Bucket=BUCKET, Key='copy', CopySource=source)
    assert tags_of('copy') == {'a': '1', 'b': 'two words'}
    s3.copy_object(Bucket=BUCKET, Key='copy', CopySource=source, TaggingDirective='REPLACE', Tagging='d=4')
    assert tags_of('copy') == {'d': '4'}
    expect_error('InvalidArgument', 400, s3.put_object, Bucket=BUCKET, Key='put', Body=b'x', Tagging='a=1&a=2')


@case
def buckets_have_fifty_tags():
    expect_error('NoSuchTagSet', 404, s3.get_bucket_tagging, Bucket=BUCKET)
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging=tag_set(team='storage'))
    assert s3.get_bucket_tagging(Bucket=BUCKET)['TagSet'] == [{'Key': 'team', 'Value': 'storage'}]
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging=tag_set(**{f'k{i}': 'v' for i in range(50)}))
    expect_error('BadRequest', 400, s3.put_bucket_tagging, Bucket=BUCKET, Tagging=tag_set(**{f'k{i}': 'v' for i in range(51)}))
    assert len(s3.get_bucket_tagging(Bucket=BUCKET)['TagSet']) == 50
    s3.delete_bucket_tagging(Bucket=BUCKET)
    expect_error('NoSuchTagSet', 404, s3.get_bucket_tagging, Bucket=BUCKET)


if __name__ == '__main__':
    harness.run_cases()
