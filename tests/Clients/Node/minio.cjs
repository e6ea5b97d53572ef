// The minio client from npm with its default settings.
'use strict';
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Client } = require('minio');
const { Readable } = require('node:stream');
const { runCases } = require('./cases.cjs');

const bucket = 'js-minio';
const endpoint = new URL(process.env.S3_ENDPOINT);
const client = new Client({
  endPoint: endpoint.hostname, port: Number(endpoint.port), useSSL: false,
  accessKey: process.env.AWS_ACCESS_KEY_ID, secretKey: process.env.AWS_SECRET_ACCESS_KEY,
});

const collect = async (stream) => {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
};

runCases({
  async objects_are_put_read_copied_and_removed() {
    await client.makeBucket(bucket, 'us-east-1');
    assert.ok(await client.bucketExists(bucket));
    assert.equal(await client.bucketExists('js-minio-missing'), false);
    await client.putObject(bucket, 'a b/ü', 'hello', 5, { 'Content-Type': 'text/plain', colour: 'blue' });
    assert.equal(Buffer.concat(await collect(await client.getObject(bucket, 'a b/ü'))).toString(), 'hello');
    assert.equal(Buffer.concat(await collect(await client.getPartialObject(bucket, 'a b/ü', 1, 3))).toString(), 'ell');
    const stat = await client.statObject(bucket, 'a b/ü');
    assert.deepEqual([stat.size, stat.metaData['content-type'], stat.metaData.colour], [5, 'text/plain', 'blue']);
    await client.copyObject(bucket, 'copy', `/${bucket}/a b/ü`);
    assert.equal((await client.statObject(bucket, 'copy')).etag, stat.etag);
    await client.removeObject(bucket, 'copy');
    await assert.rejects(client.statObject(bucket, 'copy'), { code: 'NotFound' });
  },

  async a_stream_of_unknown_length_goes_up_in_parts() {
    const data = crypto.randomBytes((70 << 20) + 3);
    const pieces = function* pieces() {
      for (let at = 0; at < data.length; at += 1 << 20) yield data.subarray(at, at + (1 << 20));
    };
    await client.putObject(bucket, 'streamed', Readable.from(pieces()));
    assert.ok(Buffer.concat(await collect(await client.getObject(bucket, 'streamed'))).equals(data));
    assert.deepEqual(await collect(client.listIncompleteUploads(bucket, '', true)), []);
  },

  async files_go_up_and_down() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rustfs-minio-'));
    try {
      const data = crypto.randomBytes(300_000);
      fs.writeFileSync(path.join(folder, 'up'), data);
      await client.fPutObject(bucket, 'file', path.join(folder, 'up'));
      await client.fGetObject(bucket, 'file', path.join(folder, 'down'));
      assert.ok(fs.readFileSync(path.join(folder, 'down')).equals(data));
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  },

  async listings_and_batch_removal() {
    for (let i = 0; i < 12; i += 1) await client.putObject(bucket, `list/${i}`, `${i}`);
    const names = (await collect(client.listObjectsV2(bucket, 'list/', true))).map((entry) => entry.name);
    assert.equal(names.length, 12);
    const top = await collect(client.listObjectsV2(bucket, '', false));
    assert.ok(top.some((entry) => entry.prefix === 'list/'));
    await client.removeObjects(bucket, names);
    assert.equal((await collect(client.listObjects(bucket, 'list/', true))).length, 0);
  },

  async presigned_urls_and_forms() {
    const put = await fetch(await client.presignedPutObject(bucket, 'signed', 60), { method: 'PUT', body: 'hello' });
    assert.equal(put.status, 200, await put.text());
    const url = await client.presignedGetObject(bucket, 'signed', 60, { 'response-content-type': 'text/html' });
    const got = await fetch(url);
    assert.deepEqual([await got.text(), got.headers.get('content-type')], ['hello', 'text/html']);
    const policy = client.newPostPolicy();
    policy.setBucket(bucket);
    policy.setKey('formed');
    policy.setContentType('text/plain');
    policy.setContentLengthRange(1, 100);
    policy.setUserMetaData({ colour: 'blue' });
    policy.setExpires(new Date(Date.now() + 60_000));
    const { postURL, formData } = await client.presignedPostPolicy(policy);
    const form = new FormData();
    for (const [name, value] of Object.entries(formData)) form.append(name, value);
    form.append('file', new Blob(['by form']), 'x.txt');
    const answer = await fetch(postURL, { method: 'POST', body: form });
    assert.equal(answer.status, 204, await answer.text());
    assert.equal((await client.statObject(bucket, 'formed')).metaData.colour, 'blue');
  },

  async tags_and_versions() {
    await client.setObjectTagging(bucket, 'signed', { a: 'one' });
    assert.deepEqual(await client.getObjectTagging(bucket, 'signed'), [{ Key: 'a', Value: 'one' }]);
    await client.setBucketVersioning(bucket, { Status: 'Enabled' });
    assert.equal((await client.getBucketVersioning(bucket)).Status, 'Enabled');
    const first = await client.putObject(bucket, 'versioned', '1');
    await client.putObject(bucket, 'versioned', '2');
    const old = await client.getObject(bucket, 'versioned', { versionId: first.versionId });
    assert.equal(Buffer.concat(await collect(old)).toString(), '1');
  },
});
