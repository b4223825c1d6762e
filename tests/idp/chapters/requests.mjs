// What is asked for beside the proof: scopes, and resources (RFC 8707), as the server grants or refuses them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { decode, verify } from '../jwt.mjs';
import { CHECK_TARGET } from '../messages.mjs';

const OPAQUE = 'https://api.example.com/opaque';
const JWT = 'https://api.example.com/jwt';

export function requests(idp) {
  describe('scopes', () => scopes(idp));
  describe('resources', () => resources(idp));
  describe('the lifetime of a token', () => lifetime(idp));
}

/** The fields of the answer, as `--json` prints them. */
async function fields(idp, options) {
  const result = await idp.run({ ...options, args: ['--json', ...(options.args ?? [])] });
  assert.deepEqual({ code: result.code, stderr: result.stderr }, { code: 0, stderr: '' });
  return JSON.parse(result.stdout);
}

function scopes(idp) {
  test('that the client may have are granted', async () => {
    const { scope } = await fields(idp, { as: 'post', args: ['--scope', 'api:read', '--scope', 'api:write'] });
    assert.equal(scope, 'api:read api:write');
  });

  test('that the client may not have are exit 5, and the hint names the setting', () =>
    idp.failure(
      { as: 'basic', env: { OAUTH_SCOPE: 'api:write' } },
      5,
      'the server rejected the request: `invalid_scope`: requested scope is not allowed (400)',
      'check `OAUTH_SCOPE`, from the environment',
    ));

  test('that the server does not know are left out by it, and the answer says so', async () => {
    const { scope } = await fields(idp, { as: 'post', args: ['--scope', 'api:read unknown'] });
    assert.equal(scope, 'api:read');
  });
}

function resources(idp) {
  test('get a token that is for them, with their scopes', async () => {
    const answer = await fields(idp, { as: 'post', args: ['--resource', OPAQUE, '--scope', 'read'] });
    const found = await idp.server.owner(answer.access_token);
    assert.deepEqual([found.aud, answer.scope], [OPAQUE, 'read']);
  });

  test('get a JWT where the API wants one', async () => {
    const { token } = await idp.token({ as: 'post', env: { OAUTH_RESOURCE: JWT } });
    const { claims } = verify(token, idp.pki.publicJwk('server-signing'));
    assert.deepEqual([claims.iss, claims.aud, claims.client_id], [idp.server.issuer('root'), JWT, 'post']);
  });

  for (const unknown of ['https://unknown.example', 'no-uri', 'https://api.example.com/jwt#part']) {
    test(`that the server does not take are exit 5: ${unknown}`, async () => {
      const { code, stdout, stderr } = await idp.run({ as: 'post', args: ['--resource', unknown] });
      assert.deepEqual({ code, stdout }, { code: 5, stdout: '' });
      assert.match(stderr, /^oauth-token: error: the server rejected the request: `invalid_target`: [^\n]+ \(400\)\n/);
      assert.ok(stderr.endsWith(`\noauth-token: hint: ${CHECK_TARGET}\n`));
    });
  }

  test('are each a parameter of their own, which this server refuses in words', async () => {
    const said = 'only a single resource indicator value is supported for this grant type';
    const error = `the server rejected the request: \`invalid_target\`: ${said} (400)`;
    const options = { as: 'post', args: ['--resource', JWT, '--resource', OPAQUE] };
    const { requests } = await idp.failure(options, 5, error, CHECK_TARGET);
    assert.deepEqual(requests[0].form.resource, [JWT, OPAQUE]);
  });
}

function lifetime(idp) {
  test('is printed by --expires-in', async () => {
    const { stdout } = await idp.run({ as: 'post', args: ['--expires-in'] });
    assert.equal(stdout, '600\n');
  });

  test('is printed as a time by --expires-at, which is that of a JWT', async () => {
    const answer = await fields(idp, { as: 'post', env: { OAUTH_RESOURCE: JWT } });
    const { exp } = decode(answer.access_token).claims;
    assert.ok(Math.abs(answer.expires_at - exp) <= 1, `${answer.expires_at} ${exp}`);
  });
}
