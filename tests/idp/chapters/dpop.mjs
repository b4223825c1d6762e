// Tokens that are bound to a key (RFC 9449): with a server that demands nonces and one that does not, and with an API that
// believes nobody without a proof.

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { decode, thumbprint, verify } from '../jwt.mjs';
import { EXPLAIN, INVALID_GRANT } from '../messages.mjs';

const JWT = 'https://api.example.com/jwt';

export function dpop(idp) {
  describe('a proof for the token endpoint', () => tokenEndpoint(idp));
  describe('a server that demands a nonce', () => nonces(idp));
  describe('a key for proofs', () => proofKeys(idp));
  describe('an API that wants proofs', () => api(idp));
  describe('a server that does not bind the token', () => unbound(idp));
}

const dpopKey = (idp) => ({ OAUTH_DPOP_KEY: idp.pki.key('dpop') });
const proofOf = (request) => decode(request.headers.dpop);

function tokenEndpoint(idp) {
  test('is in the first request, and binds the token to the key', async () => {
    const { requests, found } = await idp.ownToken({ as: 'basic-dpop-bound', env: dpopKey(idp) });
    assert.equal(requests.length, 1);
    assert.equal(found.jkt, thumbprint(idp.pki.publicJwk('dpop')));
  });

  test('says what RFC 9449 section 4.2 wants, and no more', async () => {
    const { requests } = await idp.ownToken({ as: 'es256', env: dpopKey(idp) });
    const jwk = idp.pki.publicJwk('dpop');
    const { header, claims } = verify(requests[0].headers.dpop, jwk);
    const { jti, iat, ...rest } = claims;
    assert.deepEqual(header, { alg: 'ES256', typ: 'dpop+jwt', jwk });
    assert.deepEqual(rest, { htm: 'POST', htu: idp.server.tokenUrl() });
    assert.ok(jti.length >= 22 && Math.abs(Date.now() / 1000 - iat) <= 15);
  });

  test('leaves the query out of `htu`', async () => {
    const url = `${idp.server.tokenUrl()}?tenant=a`;
    const { requests } = await idp.ownToken({ as: 'basic-dpop-bound', url, env: dpopKey(idp) });
    assert.equal(proofOf(requests[0]).claims.htu, idp.server.tokenUrl());
  });

  test('has another identifier than the assertion beside it', async () => {
    const { requests } = await idp.ownToken({ as: 'key-dpop-bound', env: dpopKey(idp) });
    assert.notEqual(proofOf(requests[0]).claims.jti, decode(requests[0].form.client_assertion).claims.jti);
  });

  test('is a new one at each attempt', async () => {
    idp.server.faults.push([503, '', { 'Retry-After': '0' }]);
    const { requests } = await idp.ownToken({ as: 'basic-dpop-bound', env: dpopKey(idp) });
    const [first, second] = requests.map((request) => proofOf(request).claims.jti);
    assert.notEqual(first, second);
  });

  test('goes with a JWT whose `cnf.jkt` is the thumbprint of the key', async () => {
    const { token } = await idp.token({ as: 'es256', env: { ...dpopKey(idp), OAUTH_RESOURCE: JWT } });
    const { claims } = verify(token, idp.pki.publicJwk('server-signing'));
    assert.deepEqual(claims.cnf, { jkt: thumbprint(idp.pki.publicJwk('dpop')) });
  });

  test('is missed by a server that insists on one, with exit 5', () =>
    idp.failure({ as: 'basic-dpop-bound' }, 5, INVALID_GRANT, EXPLAIN));
}

function nonces(idp) {
  for (const id of ['basic-dpop-bound', 'key-dpop-bound', 'hs256', 'ps256']) {
    test(`gets it from \`${id}\` in a second request, with everything new`, async () => {
      const { requests } = await idp.ownToken({ as: id, url: idp.server.tokenUrl('nonce'), env: dpopKey(idp) });
      assert.deepEqual(requests.map((request) => request.status), [400, 200]);
      const [first, second] = requests.map((request) => proofOf(request).claims);
      assert.equal(first.nonce, undefined);
      assert.ok(second.nonce);
      assert.notEqual(first.jti, second.jti);
      assertNewAssertion(requests);
    });
  }

  test('is asked again after a fault, with the nonce and everything else new', async () => {
    idp.server.faults.push(null, [503, '', { 'Retry-After': '0' }]);
    const { requests } = await idp.ownToken({ as: 'key-dpop-bound', url: idp.server.tokenUrl('nonce'), env: dpopKey(idp) });
    const proofs = requests.map((request) => proofOf(request).claims);
    assert.deepEqual(proofs.map((claims) => Boolean(claims.nonce)), [false, true, true]);
    assert.equal(new Set(proofs.map((claims) => claims.jti)).size, 3);
    assertNewAssertion(requests);
  });

  test('is asked twice and no more where it takes no nonce', async () => {
    const demand = [400, '{"error":"use_dpop_nonce"}', { 'Content-Type': 'application/json', 'DPoP-Nonce': 'never-right' }];
    idp.server.faults.push(demand, demand);
    const { code, stdout, requests } = await idp.run({ as: 'basic-dpop-bound', env: dpopKey(idp) });
    assert.deepEqual({ code, stdout, asked: requests.length }, { code: 5, stdout: '', asked: 2 });
  });

  test('sends the same refresh token with the nonce, for it has not been spent', async () => {
    const token = await idp.server.refreshToken('basic-for-grants', { name: 'nonce' });
    const file = idp.pki.write('refresh-dpop', token);
    const env = { ...dpopKey(idp), OAUTH_REFRESH_TOKEN_FILE: file };
    const { requests } = await idp.ownToken({ as: 'basic-for-grants', url: idp.server.tokenUrl('nonce'), env });
    assert.deepEqual(requests.map((request) => request.form.refresh_token), [token, token]);
    assert.notEqual(idp.pki.read(file).trim(), token);
  });

  test('is found by discovery as well', async () => {
    const env = { ...dpopKey(idp), OAUTH_ISSUER: idp.server.issuer('nonce') };
    const { found } = await idp.ownToken({ as: 'key-dpop-bound', env });
    assert.equal(found.jkt, thumbprint(idp.pki.publicJwk('dpop')));
  });
}

function assertNewAssertion(requests) {
  const assertions = requests.map((request) => request.form.client_assertion).filter(Boolean);
  const identifiers = assertions.map((assertion) => decode(assertion).claims.jti);
  assert.equal(new Set(identifiers).size, assertions.length);
}

function proofKeys(idp) {
  for (const [name, alg] of [['p256', 'ES256'], ['p384', 'ES384'], ['ed25519', 'EdDSA'], ['rsa', 'RS256']]) {
    test(`may be for ${alg}`, async () => {
      const { requests, found } = await idp.ownToken({ as: 'basic-dpop-bound', env: { OAUTH_DPOP_KEY: idp.pki.key(name) } });
      assert.equal(proofOf(requests[0]).header.alg, alg);
      assert.equal(found.jkt, thumbprint(idp.pki.publicJwk(name)));
    });
  }

  test('may be a JWK', async () => {
    const file = idp.pki.write('dpop.jwk', JSON.stringify(idp.pki.privateJwk('dpop', { kid: 'mine' })));
    const { found } = await idp.ownToken({ as: 'basic-dpop-bound', env: { OAUTH_DPOP_KEY: file } });
    assert.equal(found.jkt, thumbprint(idp.pki.publicJwk('dpop')));
  });

  test('is made where it is missing, for its owner alone, and is used again', async () => {
    const file = join(idp.directory, 'generated.key');
    const env = { OAUTH_DPOP_KEY: `generate:${file}` };
    const first = await idp.ownToken({ as: 'basic-dpop-bound', env });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const made = idp.pki.read(file);
    const second = await idp.ownToken({ as: 'basic-dpop-bound', env });
    assert.equal(idp.pki.read(file), made);
    assert.equal(first.found.jkt, second.found.jkt);
  });

  test('is not made by --explain', async () => {
    const file = join(idp.directory, 'never.key');
    const { code } = await idp.run({ as: 'basic-dpop-bound', args: ['--explain', '--dpop-key', `generate:${file}`] });
    assert.deepEqual([code, existsSync(file)], [0, false]);
  });
}

function api(idp) {
  const url = () => `${idp.server.url}/api/things`;
  const headers = async (args, env = {}) => {
    const { code, stdout, stderr } = await idp.run({ as: 'key-dpop-bound', args, env: { ...dpopKey(idp), ...env } });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return stdout;
  };

  test('is asked by the scheme DPoP', async () => {
    assert.match(await headers(['--header']), /^Authorization: DPoP [!-~]+\n$/);
  });

  test('is content with the two lines of --header and --dpop-proof, by curl', async () => {
    const lines = await headers(['--header', '--dpop-proof', `GET ${url()}`]);
    assert.match(lines, /^Authorization: DPoP [!-~]+\nDPoP: [\w.-]+\n$/);
    const { stdout } = await idp.curl(lines, url());
    assert.deepEqual(JSON.parse(stdout), { client: 'key-dpop-bound' });
  });

  test('is content with a JWT and a call of another method with a query', async () => {
    const lines = await headers(['--header', '--dpop-proof', `post ${url()}?page=2`], { OAUTH_RESOURCE: JWT });
    const { stdout } = await idp.curl(lines, '--request', 'POST', `${url()}?page=2`);
    assert.deepEqual(JSON.parse(stdout), { client: 'key-dpop-bound' });
  });

  test('gets the line of the proof alone by --dpop-proof', async () => {
    const line = await headers(['--dpop-proof', `GET ${url()}`]);
    const { header, claims } = decode(/^DPoP: ([\w.-]+)\n$/.exec(line)[1]);
    assert.deepEqual([header.typ, claims.htm, claims.htu], ['dpop+jwt', 'GET', url()]);
    assert.ok(claims.ath);
  });

  // What must not be believed, and why.
  const REFUSALS = [
    ['a proof for another method', ['--dpop-proof', 'PUT URL'], 'htm is another method'],
    ['a proof for another address', ['--dpop-proof', 'GET URL/else'], 'htu is another address'],
    ['no proof', [], 'there is not exactly one proof'],
  ];

  for (const [name, args, reason] of REFUSALS) {
    test(`is not content with ${name}`, async () => {
      const lines = await headers(['--header', ...args.map((word) => word.replace('URL', url()))]);
      const { stdout } = await idp.curl(lines, url());
      assert.equal(JSON.parse(stdout).error_description, reason);
    });
  }

  test('is not content with a proof for another token, nor with the same proof twice', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => headers(['--header', '--dpop-proof', `GET ${url()}`])));
    const mixed = `${one.split('\n')[0]}\n${other.split('\n')[1]}\n`;
    const reason = async (lines) => JSON.parse((await idp.curl(lines, url())).stdout).error_description;
    assert.equal(await reason(mixed), 'ath is another token\'s');
    assert.equal(await reason(one), undefined);
    assert.equal(await reason(one), 'jti was used before');
  });

  test('cannot be proved anything to without a key, which is exit 3', () =>
    idp.failure(
      { as: 'basic', args: ['--dpop-proof', `GET ${url()}`] },
      3,
      '`--dpop-proof` needs a key',
      'pass `--dpop-key FILE` or `--dpop-key generate:FILE`',
    ));
}

function unbound(idp) {
  test('is refused with exit 10, and its token is not shown', async () => {
    const error = 'the answer is no token: it is not bound to the key of `--dpop-key` (200)';
    const hint = 'the server does not know DPoP, or has it turned off for this client: turn it on, or leave out `--dpop-key`';
    const options = { as: 'basic', url: idp.server.tokenUrl('strict'), env: dpopKey(idp) };
    await idp.failure(options, 10, error, hint);
    await idp.failure({ ...options, args: ['--header'] }, 10, error, hint);
  });
}
