"""Virtual-hosted addressing against a server started with RUSTFS_SERVER_DOMAINS=localhost, beside path-style on the same server."""
import urllib.request

import harness
from harness import case, client

harness.resolve_localhost_names()
PORT = harness.ENDPOINT.rsplit(':', 1)[1]
VIRTUAL = client(endpoint=f'http://localhost:{PORT}', s3={'addressing_style': 'virtual'})
PATH = client(endpoint=f'http://localhost:{PORT}', s3={'addressing_style': 'path'})
BUCKET = 'hosted-bucket'


@case
def objects_are_the_same_in_both_styles():
    VIRTUAL.create_bucket(Bucket=BUCKET)
    VIRTUAL.put_object(Bucket=BUCKET, Key='a/b c+d.txt', Body=b'by host')
    assert PATH.get_object(Bucket=BUCKET, Key='a/b c+d.txt')['Body'].read() == b'by host'
    PATH.put_object(Bucket=BUCKET, Key='second', Body=b'by path')
    assert VIRTUAL.get_object(Bucket=BUCKET, Key='second')['Body'].read() == b'by path'
    assert [entry['Key'] for entry in VIRTUAL.list_objects_v2(Bucket=BUCKET)['Contents']] == ['a/b c+d.txt', 'second']


@case
def the_service_itself_answers_on_the_bare_domain():
    assert BUCKET in [bucket['Name'] for bucket in VIRTUAL.list_buckets()['Buckets']]


@case
def presigned_urls_work_in_both_styles():
    for s3 in (VIRTUAL, PATH):
        url = s3.generate_presigned_url('get_object', Params={'Bucket': BUCKET, 'Key': 'second'}, ExpiresIn=60)
        assert urllib.request.urlopen(url).read() == b'by path', url


@case
def an_unknown_bucket_of_the_domain_is_no_such_bucket():
    harness.expect_error('NoSuchBucket', 404, VIRTUAL.list_objects_v2, Bucket='nobody-made-this')


@case
def the_bucket_can_be_deleted():
    harness.empty_and_delete(VIRTUAL, BUCKET)


if __name__ == '__main__':
    harness.run_cases()
