// The JavaScript SDK with its default settings: client-s3, lib-storage, s3-presigned-post and s3-request-presigner.
'use strict';
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const s3sdk = require('@aws-sdk/client-s3');
const { Upload } = require('@aws-sdk/lib-storage');
const { createPresignedPost } = require('@aws-sdk/s3-presigned-post');
const { getSignedUrl } = require('@aws-sdk/s3-request-presigner');
const { Readable } = require('node:stream');
const { runCases } = require('./cases.cjs');

const Bucket = 'js-sdk';
const client = new s3sdk.S3Client({
  endpoint: process.env.S3_ENDPOINT,
  region: 'us-east-1',
  forcePathStyle: true,
  maxAttempts: 1,
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY },
});
const run = (name, input = {}) => client.send(new s3sdk[`${name}Command`]({ Bucket, ...input }));
const bytesOf = async (answer) => Buffer.from(await answer.Body.transformToByteArray());

runCases({
  async objects_are_put_read_copied_and_deleted() {
    await run('CreateBucket');
    const put = await run('PutObject', {
      Key: 'a b+c/ü.txt', Body: 'hello', ContentType: 'text/plain', Metadata: { colour: 'blue' }, Tagging: 'a=1',
    });
    assert.equal(put.ETag, '"5d41402abc4b2a76b9719d911017c592"');
    assert.ok(put.ChecksumCRC32, 'the SDK sends a CRC32 by default');
    const got = await run('GetObject', { Key: 'a b+c/ü.txt' });
    assert.equal(await got.Body.transformToString(), 'hello');
    assert.deepEqual([got.ContentType, got.Metadata.colour, got.TagCount], ['text/plain', 'blue', 1]);
    await run('CopyObject', { Key: 'copy', CopySource: encodeURI(`${Bucket}/a b+c/ü.txt`).replace('+', '%2B') });
    assert.equal((await run('HeadObject', { Key: 'copy' })).ContentLength, 5);
    assert.equal(await (await run('GetObject', { Key: 'copy', Range: 'bytes=-2' })).Body.transformToString(), 'lo');
    await assert.rejects(run('GetObject', { Key: 'missing' }), { name: 'NoSuchKey' });
    await assert.rejects(run('PutObject', { Key: 'copy', Body: 'x', IfNoneMatch: '*' }), { name: 'PreconditionFailed' });
  },

  async listings_page_through_all_keys() {
    for (let i = 0; i < 25; i += 1) await run('PutObject', { Key: `list/${i}`, Body: `${i}` });
    const keys = [];
    for await (const page of s3sdk.paginateListObjectsV2({ client, pageSize: 10 }, { Bucket, Prefix: 'list/' })) {
      keys.push(...page.Contents.map((entry) => entry.Key));
    }
    assert.equal(new Set(keys).size, 25);
    const deleted = await run('DeleteObjects', { Delete: { Objects: keys.map((Key) => ({ Key })) } });
    assert.equal(deleted.Deleted.length, 25);
  },

  async streams_of_unknown_length_go_up_in_parts() {
    const data = crypto.randomBytes((12 << 20) + 5);
    const pieces = function* pieces() {
      for (let at = 0; at < data.length; at += 1 << 20) yield data.subarray(at, at + (1 << 20));
    };
    for (const ChecksumAlgorithm of [undefined, 'CRC32C', 'SHA256']) {
      const upload = new Upload({ client, params: { Bucket, Key: 'streamed', Body: Readable.from(pieces()), ChecksumAlgorithm } });
      const done = await upload.done();
      assert.match(done.ETag, /-3"$/);
      assert.ok((await bytesOf(await run('GetObject', { Key: 'streamed', ChecksumMode: 'ENABLED' }))).equals(data));
    }
    const small = new Upload({ client, params: { Bucket, Key: 'small', Body: Readable.from([Buffer.from('tiny')]) } });
    await small.done();
    assert.equal((await bytesOf(await run('GetObject', { Key: 'small' }))).toString(), 'tiny');
  },

  async an_aborted_upload_leaves_nothing() {
    const { UploadId } = await run('CreateMultipartUpload', { Key: 'aborted' });
    await run('UploadPart', { Key: 'aborted', UploadId, PartNumber: 1, Body: 'part' });
    assert.equal((await run('ListMultipartUploads')).Uploads.length, 1);
    assert.equal((await run('ListParts', { Key: 'aborted', UploadId })).Parts[0].Size, 4);
    await run('AbortMultipartUpload', { Key: 'aborted', UploadId });
    assert.equal((await run('ListMultipartUploads')).Uploads, undefined);
    await assert.rejects(run('ListParts', { Key: 'aborted', UploadId }), { name: 'NoSuchUpload' });
  },

  async presigned_urls_are_fetched() {
    const sign = (name, input) => getSignedUrl(client, new s3sdk[`${name}Command`]({ Bucket, ...input }), { expiresIn: 60 });
    const put = await fetch(await sign('PutObject', { Key: 'signed', ContentType: 'text/css' }), { method: 'PUT', body: 'a{}' });
    assert.equal(put.status, 200, await put.text());
    const url = await sign('GetObject', { Key: 'signed', ResponseContentType: 'text/html' });
    const got = await fetch(url);
    assert.deepEqual([await got.text(), got.headers.get('content-type')], ['a{}', 'text/html']);
    assert.equal((await fetch(url, { method: 'HEAD' })).status, 403);
    assert.equal((await fetch(await sign('HeadObject', { Key: 'signed' }), { method: 'HEAD' })).status, 200);
    assert.equal((await fetch(await sign('DeleteObject', { Key: 'signed' }), { method: 'DELETE' })).status, 204);
  },

  async a_presigned_post_is_sent_as_a_form() {
    const post = await createPresignedPost(client, {
      Bucket, Key: 'forms/${filename}', Conditions: [['content-length-range', 1, 100]], Fields: { 'Content-Type': 'text/plain' },
    });
    const send = async (text) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(post.fields)) form.append(name, value);
      form.append('file', new Blob([text], { type: 'text/html' }), 'a "b" ü.txt');
      return fetch(post.url, { method: 'POST', body: form });
    };
    const answer = await send('from a browser');
    assert.equal(answer.status, 204, await answer.text());
    const keys = (await run('ListObjectsV2', { Prefix: 'forms/' })).Contents.map((entry) => entry.Key);
    assert.deepEqual(keys, ['forms/a %22b%22 ü.txt']);
    assert.equal((await run('HeadObject', { Key: keys[0] })).ContentType, 'text/plain');
    assert.match(await (await send('')).text(), /EntityTooSmall/);
    assert.match(await (await send('x'.repeat(101))).text(), /EntityTooLarge/);
  },

  async versions_are_kept_and_listed() {
    await run('PutBucketVersioning', { VersioningConfiguration: { Status: 'Enabled' } });
    const first = await run('PutObject', { Key: 'versioned', Body: '1' });
    await run('PutObject', { Key: 'versioned', Body: '2' });
    await run('DeleteObject', { Key: 'versioned' });
    const old = await run('GetObject', { Key: 'versioned', VersionId: first.VersionId });
    assert.equal(await old.Body.transformToString(), '1');
    const versions = await run('ListObjectVersions', { Prefix: 'versioned' });
    assert.deepEqual([versions.Versions.length, versions.DeleteMarkers.length], [2, 1]);
  },
});
