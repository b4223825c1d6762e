// Refresh tokens that the server rotates (RFC 6749 section 6, RFC 9700 section 4.14): a token is sent once, and the next one
// is on disk before anybody sees the access token.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { INVALID_GRANT, LOG_IN, TRY_LATER } from '../messages.mjs';

export function refresh(idp) {
  describe('a refresh token', () => {
    rotates(idp);
    stays(idp);
    isSentOnce(idp);
  });
}

let files = 0;

/** A new file, in a directory of its own, with a new refresh token of this client, or another text. */
async function newFile(idp, { as = 'basic-for-grants', end = '\n', text } = {}) {
  const directory = join(idp.directory, `refresh-${(files += 1)}`);
  mkdirSync(directory);
  const token = text ?? (await idp.server.refreshToken(as));
  return { token, directory, file: idp.pki.write(`refresh-${files}/token`, `${token}${end}`) };
}

const options = (file, as = 'basic-for-grants', more = {}) => ({ as, env: { OAUTH_REFRESH_TOKEN_FILE: file, ...more } });
const held = (idp, file) => idp.pki.read(file).trim();
const sent = (requests) => requests.map((request) => request.form.refresh_token);

function rotates(idp) {
  for (const as of ['basic-for-grants', 'key-for-grants', 'public-for-grants']) {
    test(`of \`${as}\` is replaced by the next one, which works the next time`, async () => {
      const { token, directory, file } = await newFile(idp, { as });
      const seen = [token];
      for (let turn = 0; turn < 3; turn += 1) {
        const { requests } = await idp.ownToken(options(file, as));
        assert.deepEqual(sent(requests), [seen.at(-1)]);
        assert.equal(requests[0].form.grant_type, 'refresh_token');
        seen.push(held(idp, file));
      }
      assert.equal(new Set(seen).size, 4, 'it is another one each time');
      assert.equal(idp.pki.read(file), `${seen.at(-1)}\n`);
      assert.deepEqual(readdirSync(directory), ['token'], 'nothing is left beside it');
    });
  }

  for (const mode of [0o600, 0o400]) {
    test(`keeps the mode ${mode.toString(8)} of its file`, async () => {
      const { token, file } = await newFile(idp);
      chmodSync(file, mode);
      await idp.ownToken(options(file));
      assert.equal(statSync(file).mode & 0o777, mode);
      assert.notEqual(held(idp, file), token);
    });
  }

  test('is replaced where a symbolic link leads', async () => {
    const { token, directory, file } = await newFile(idp);
    const link = join(directory, 'link');
    symlinkSync(file, link);
    await idp.ownToken(options(link));
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.notEqual(held(idp, file), token);
  });

  test('may come without a line break, or with CRLF', async () => {
    for (const end of ['', '\r\n']) {
      const { token, file } = await newFile(idp, { end });
      const { requests } = await idp.ownToken(options(file));
      assert.deepEqual(sent(requests), [token]);
    }
  });

  test('is on disk before the access token is out: it is there though the program to run is not', async () => {
    const { token, file } = await newFile(idp);
    const { code } = await idp.run({ ...options(file), args: ['--', './no-such-program'] });
    assert.equal(code, 127);
    assert.notEqual(held(idp, file), token);
    await idp.ownToken(options(file));
  });

  test('is on disk although the answer cannot be used in the way that was asked', async () => {
    const { file } = await newFile(idp);
    const next = await idp.server.refreshToken('basic-for-grants');
    const body = JSON.stringify({ access_token: 'with space', token_type: 'Bearer', refresh_token: next });
    idp.server.faults.push([200, body, { 'Content-Type': 'application/json' }]);
    const { code } = await idp.run({ ...options(file), args: ['--header'] });
    assert.equal(code, 10);
    assert.equal(held(idp, file), next);
  });
}

function stays(idp) {
  test('stays in its file when the server refuses it, which is exit 5', async () => {
    const { directory, file } = await newFile(idp, { text: 'unknown-refresh-token' });
    await idp.failure(options(file), 5, INVALID_GRANT, LOG_IN);
    assert.equal(idp.pki.read(file), 'unknown-refresh-token\n');
    assert.deepEqual(readdirSync(directory), ['token']);
  });

  test('of another client is exit 5', async () => {
    const { file } = await newFile(idp, { as: 'public-for-grants' });
    await idp.failure(options(file), 5, INVALID_GRANT, LOG_IN);
  });

  test('that was spent is exit 5, and the server then takes its descendants for stolen', async () => {
    const { token, file } = await newFile(idp);
    await idp.ownToken(options(file));
    const old = idp.pki.write('spent-refresh-token', token);
    await idp.failure(options(old), 5, INVALID_GRANT, LOG_IN);
    await idp.failure(options(file), 5, INVALID_GRANT, LOG_IN);
  });

  test('stays when the client is rejected, and is not spent', async () => {
    const { token, file } = await newFile(idp);
    const { code } = await idp.run(options(file, 'basic-for-grants', { OAUTH_CLIENT_SECRET: 'wrong-secret' }));
    assert.equal(code, 4);
    assert.equal(held(idp, file), token);
    await idp.ownToken(options(file));
  });

  test('may be used for the scopes that it has, and others are exit 5', async () => {
    const { file } = await newFile(idp);
    const error = 'the server rejected the request: `invalid_scope`: refresh token missing requested scope (400)';
    await idp.failure({ ...options(file), args: ['--scope', 'api:read'] }, 5, error, 'check `--scope`, from the command line');
    await idp.ownToken({ ...options(file), args: ['--scope', 'offline_access'] });
  });

  test('that is not there is exit 3, before anything is sent', async () => {
    const file = join(idp.directory, 'no-refresh-token');
    const result = await idp.run(options(file));
    assert.deepEqual([result.code, result.stdout, result.requests.length], [3, '', 0]);
    const what = /error: the file of `OAUTH_REFRESH_TOKEN_FILE` from the environment cannot be read: .*no-refresh-token\n/;
    assert.match(result.stderr, what);
    assert.equal(existsSync(file), false);
  });
}

function isSentOnce(idp) {
  test('is not sent again to a server that has seen it and then fails, which is exit 9', async () => {
    const { token, file } = await newFile(idp);
    idp.server.faults.push([503, '', { 'Retry-After': '0' }]);
    const error = 'the server is unwell (503)';
    const { requests } = await idp.failure(options(file), 9, error, TRY_LATER);
    assert.deepEqual(sent(requests), [token]);
    assert.equal(held(idp, file), token);
  });

  test('is never sent twice by two processes at once, nor by eight', async () => {
    for (const count of [2, 8]) {
      const { file } = await newFile(idp);
      const before = idp.server.requests.length;
      const runs = await Promise.all(Array.from({ length: count }, () => idp.token(options(file))));
      const tokens = sent(idp.server.requests.slice(before));
      assert.deepEqual([tokens.length, new Set(tokens).size], [count, count]);
      assert.equal(new Set(runs.map((run) => run.token)).size, count);
      await idp.ownToken(options(file));
    }
  });
}
