// That no secret shows, whatever the client proves itself with: not with --verbose, and not in what a program gets that
// is run with the token.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { client } from '../clients.mjs';
import { PASSPHRASE } from '../pki.mjs';
import { RUNNER_TOKEN } from '../server.mjs';

export function secrecy(idp) {
  describe('what --verbose tells', () => verbose(idp));
  describe('what --explain tells', () => explain(idp));
  describe('what a program is given', () => child(idp));
  describe('a redirect of the token endpoint', () => redirect(idp));
}

/** Settings of every kind, each with what must not be shown. */
async function cases(idp) {
  const { pki, server } = idp;
  const refreshToken = await server.refreshToken('basic-for-grants');
  const subject = (await idp.ownToken({ as: 'post' })).token;
  const lines = (name) => pki.read(pki.key(name)).split('\n').slice(1, -2);
  const inFile = (name, content) => ({ as: 'basic-for-grants', env: { [name]: pki.write(`${name}.secret`, content) } });
  const noKey = { OAUTH_SIGNING_KEY_FILE: undefined, OAUTH_ALGORITHM: undefined };
  const runner = {
    ...noKey,
    OAUTH_CLIENT_ASSERTION: 'github-actions',
    OAUTH_ASSERTION_AUDIENCE: server.issuer('root'),
    ACTIONS_ID_TOKEN_REQUEST_URL: `${server.url}/runner/id-token?issuer=es256+es256`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: RUNNER_TOKEN,
  };
  return {
    client_secret_basic: [{ as: '~all-._~' }, [client('~all-._~').secret]],
    client_secret_post: [{ as: 'post' }, [client('post').secret]],
    client_secret_jwt: [{ as: 'hs256' }, [client('hs256').secret]],
    'a key': [{ as: 'es256', env: { ...noKey, OAUTH_SIGNING_KEY: pki.read(pki.key('p256')) } }, lines('p256')],
    'a passphrase': [{ as: 'es256', env: { OAUTH_KEY_PASSPHRASE: PASSPHRASE } }, [PASSPHRASE]],
    'a DPoP key': [{ as: 'key-dpop-bound', env: { OAUTH_DPOP_KEY: pki.key('dpop') } }, lines('dpop')],
    'a refresh token': [inFile('OAUTH_REFRESH_TOKEN_FILE', refreshToken), [refreshToken]],
    'a subject token': [inFile('OAUTH_SUBJECT_TOKEN_FILE', subject), [subject]],
    'the runner\'s token': [{ as: 'es256', env: runner }, [RUNNER_TOKEN]],
  };
}

/** Every spelling of a secret that a log could hold. */
function spellings(secret) {
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  const bytes = Buffer.from(secret);
  return [secret, form, encodeURIComponent(secret), bytes.toString('base64'), bytes.toString('base64url')];
}

function assertHidden(text, secrets) {
  for (const spelling of secrets.flatMap(spellings)) assert.ok(!text.includes(spelling), `it shows ${spelling}`);
}

/** What a request carried that nobody else may see. */
function carried({ headers, form = {} }) {
  const { assertion, client_assertion: clientAssertion, client_secret: secret, refresh_token: refresh } = form;
  return [assertion, clientAssertion, secret, refresh, headers.dpop, headers.authorization?.split(' ')[1]].filter(Boolean);
}

function verbose(idp) {
  test('is neither secret nor token, assertion, proof or key', async () => {
    for (const [name, [options, secrets]] of Object.entries(await cases(idp))) {
      const { code, stdout, stderr, requests } = await idp.run({ ...options, args: ['--verbose'] });
      assert.equal(code, 0, name);
      assert.match(stderr, /^> POST /m, name);
      const file = options.env?.OAUTH_REFRESH_TOKEN_FILE;
      const rotated = file ? [idp.pki.read(file).trim()] : [];
      assertHidden(stderr, [...secrets, ...rotated, stdout.trim(), ...requests.flatMap(carried)]);
    }
  });
}

function explain(idp) {
  test('is neither secret nor key, and nothing is sent', async () => {
    for (const [name, [options, secrets]] of Object.entries(await cases(idp))) {
      const { code, stdout, stderr, requests } = await idp.run({ ...options, args: ['--explain'] });
      assert.deepEqual({ code, stderr, asked: requests.length }, { code: 0, stderr: '', asked: 0 }, name);
      assertHidden(stdout, secrets);
    }
  });
}

function child(idp) {
  test('is the token, and none of the secrets', async () => {
    // The runner's variables are the job's and not the tool's: a program may need an identity of its own.
    const { 'the runner\'s token': _, ...own } = await cases(idp);
    for (const [name, [options, secrets]] of Object.entries(own)) {
      const { code, stdout } = await idp.run({ ...options, args: ['--', '/usr/bin/env'] });
      assert.equal(code, 0, name);
      assert.match(stdout, /^OAUTH_ACCESS_TOKEN=[!-~]+$/m, name);
      assertHidden(stdout, secrets);
    }
  });
}

function redirect(idp) {
  test('is not followed, which is exit 10 with the target', async () => {
    const error = `the answer is no token: a redirect to \`${idp.server.tokenUrl()}\` (307)`;
    const hint = 'redirects are never followed, for one could carry the secret away; if you trust the target, use it as `--url`';
    const { requests } = await idp.failure({ as: 'basic', url: `${idp.server.url}/moved/token` }, 10, error, hint);
    assert.equal(requests.length, 1);
  });
}
