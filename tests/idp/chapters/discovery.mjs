// From an issuer to its token endpoint (RFC 8414, OpenID Connect Discovery): where the metadata is, whether it is
// believed, and what follows from it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { decode } from '../jwt.mjs';

const CHECK_ISSUER = 'check `--issuer`; `--url` names the token endpoint itself, and needs no metadata';

export function discovery(idp) {
  describe('the place of the metadata', () => places(idp));
  describe('the issuer of the metadata', () => comparison(idp));
  describe('what is no metadata', () => broken(idp));
  describe('the endpoint for certificates', () => aliases(idp));
  describe('the method by what the server offers', () => choice(idp));
}

const from = (idp, name, more = {}) => ({ OAUTH_ISSUER: `${idp.server.url}/issuers/${name}`, ...more });
const paths = (requests) => requests.map((request) => request.path);

function places(idp) {
  for (const name of ['root', 'nonce', 'strict']) {
    test(`is RFC 8414's for the issuer of the server \`${name}\`, and one request finds it`, async () => {
      const path = new URL(idp.server.issuer(name)).pathname.replace(/^\/$/, '');
      const { requests } = await idp.ownToken({ as: 'basic', env: { OAUTH_ISSUER: idp.server.issuer(name) } });
      assert.deepEqual(paths(requests), [`/.well-known/oauth-authorization-server${path}`, `${path}/token`]);
    });
  }

  test('is OpenID Connect\'s where RFC 8414\'s is not there', async () => {
    const { requests } = await idp.ownToken({ as: 'basic', env: from(idp, 'oidc-only') });
    assert.deepEqual(paths(requests), [
      '/.well-known/oauth-authorization-server/issuers/oidc-only',
      '/issuers/oidc-only/.well-known/openid-configuration',
      '/token',
    ]);
  });

  for (const name of ['rfc8414-only', 'both']) {
    test(`is not looked for where it was found: ${name}`, async () => {
      const { requests } = await idp.ownToken({ as: 'basic', env: from(idp, name) });
      assert.deepEqual(paths(requests), [`/.well-known/oauth-authorization-server/issuers/${name}`, '/token']);
    });
  }

  test('is nowhere: exit 5, and no secret has left', async () => {
    const env = from(idp, 'nowhere');
    const { requests } = await idp.failure({ as: 'basic', env }, 5, noneAt(env.OAUTH_ISSUER), CHECK_ISSUER);
    assertNothingTold(requests, 2);
  });

  test('is not asked for where --url says the endpoint', async () => {
    const args = ['--url', idp.server.tokenUrl()];
    const { requests } = await idp.ownToken({ as: 'basic', args, env: from(idp, 'nowhere') });
    assert.deepEqual(paths(requests), ['/token']);
  });

  test('is asked again after a fault', async () => {
    const error = 'the issuer\'s metadata cannot be used: the server is unwell (503)';
    const { requests } = await idp.failure({ as: 'basic', env: from(idp, 'unwell') }, 9, error, CHECK_ISSUER);
    assertNothingTold(requests, 3);
  });
}

/** Requests for metadata carry nothing of the client. */
function assertNothingTold(requests, count) {
  assert.equal(requests.length, count);
  for (const { method, headers, certificate } of requests) {
    assert.deepEqual([method, headers.authorization, headers.dpop, certificate], ['GET', undefined, undefined, undefined]);
  }
}

const ifTrusted = (issuer) => `if you trust that issuer, use it as \`--issuer\`: ${issuer}`;

// What the metadata says instead, and the hint.
const OTHERS = {
  'other-issuer': [() => 'https://other.example', (said) => ifTrusted(said)],
  'with-slash': [(own) => `${own}/`, (said) => `write it with the slash at its end, as the server does: ${said}`],
  'slash-lost/': [(own) => own.slice(0, -1), (said) => `write it without the slash at its end, as the server does: ${said}`],
  'upper-case': [(own) => own.replace('localhost', 'LOCALHOST'), (said) => ifTrusted(said)],
};

function comparison(idp) {
  for (const [name, [said, hint]] of Object.entries(OTHERS)) {
    test(`is compared letter for letter, and another one is exit 3 with the likely fix: ${name}`, async () => {
      const env = from(idp, name);
      const other = said(env.OAUTH_ISSUER);
      const error = `the issuer is \`${env.OAUTH_ISSUER}\`, but its metadata says \`${other}\``;
      const { requests } = await idp.failure({ as: 'basic', env }, 3, error, hint(other));
      assertNothingTold(requests, 1);
    });
  }

  test('may end in a slash, where both say so', () => idp.ownToken({ as: 'basic', env: from(idp, 'slash/') }));

  test('is right when the advice about the slash is followed', async () => {
    const { stderr } = await idp.run({ as: 'basic', env: from(idp, 'with-slash') });
    const advised = /as the server does: (\S+)/.exec(stderr)[1];
    const nowhere = advised.replace('with-slash', 'nowhere');
    await idp.failure({ as: 'basic', env: { OAUTH_ISSUER: nowhere } }, 5, noneAt(nowhere), CHECK_ISSUER);
    await idp.ownToken({ as: 'basic', env: { OAUTH_ISSUER: advised } });
  });
}

// What is said where neither place has metadata.
function noneAt(issuer) {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = [`${origin}/.well-known/oauth-authorization-server${path}`, `${origin}${path}/.well-known/openid-configuration`];
  return `the issuer's metadata cannot be used: there is none at \`${places[0]}\` nor at \`${places[1]}\` (404)`;
}

// Issuers whose metadata cannot be used: the exit code and what is said.
const BROKEN = {
  html: [10, 'it is no JSON object (200)'],
  moved: [10, 'the answer is a redirect to `https://elsewhere.example/metadata`, which is never followed (302)'],
  denied: [5, 'the server refuses it (403)'],
  'no-issuer': [10, 'it names no issuer (200)'],
  'no-endpoint': [10, 'it names no token endpoint (200)'],
};

function broken(idp) {
  for (const [name, [code, reason]] of Object.entries(BROKEN)) {
    test(`is exit ${code}, and no secret has left: ${name}`, async () => {
      const error = `the issuer's metadata cannot be used: ${reason}`;
      const { requests } = await idp.failure({ as: 'basic', env: from(idp, name) }, code, error, CHECK_ISSUER);
      assertNothingTold(requests, 1);
    });
  }

  test('is exit 10 where the endpoint would be asked in plain http', async () => {
    const { code, stderr, requests } = await idp.run({ as: 'basic', env: from(idp, 'plain-http-endpoint') });
    assert.equal(code, 10);
    assert.match(stderr, /its token endpoint `http:\/\/auth\.example\.com\/token` is not usable/);
    assertNothingTold(requests, 1);
  });
}

function aliases(idp) {
  const certificate = () => ({ OAUTH_CERT: idp.pki.cert('client-dn'), OAUTH_KEY: idp.pki.key('client-dn') });

  test('is used by a client that proves itself with one', async () => {
    const { requests } = await idp.ownToken({ as: 'tls-dn', env: from(idp, 'alias') });
    assert.deepEqual(requests.map((request) => request.origin), [idp.server.url, idp.server.mtls]);
  });

  test('is used by a client that binds its token to one', async () => {
    const { requests, found } = await idp.ownToken({ as: 'basic-cert-bound', env: from(idp, 'alias', certificate()) });
    assert.equal(requests.at(-1).origin, idp.server.mtls);
    assert.equal(found['x5t#S256'], idp.pki.certificateThumbprint('client-dn'));
  });

  test('is not used by a client without one', async () => {
    const { requests } = await idp.ownToken({ as: 'basic', env: from(idp, 'alias') });
    assert.deepEqual(requests.map((request) => request.origin), [idp.server.url, idp.server.url]);
  });

  test('is the only one that sees the certificate: whoever gives the metadata does not, though it asks', async () => {
    const env = { OAUTH_ISSUER: `${idp.server.mtls}/issuers/asks-for-certificates` };
    const { requests } = await idp.ownToken({ as: 'tls-dn', env });
    assert.deepEqual(requests.map((request) => request.origin), [idp.server.mtls, idp.server.mtls]);
    assert.deepEqual(requests.map((request) => Boolean(request.certificate)), [false, true]);
  });
}

// What the client has, what the server offers, and the method that follows.
const CHOICES = [
  ['basic', 'post-only', 'client_secret_post'],
  ['basic', 'no-list', 'client_secret_basic'],
  ['basic', 'everything-for-secrets', 'client_secret_basic'],
  ['hs256', 'secret-jwt-only', 'client_secret_jwt'],
  ['tls-dn', 'tls-only', 'tls_client_auth'],
  ['self-signed', 'self-signed-only', 'self_signed_tls_client_auth'],
];

function choice(idp) {
  const unnamed = { OAUTH_AUTH_METHOD: undefined };
  const forIssuer = () => ['--assertion-audience', idp.server.issuer('root')];

  for (const [id, name, method] of CHOICES) {
    test(`is ${method} for \`${id}\` where the server offers ${name}`, async () => {
      const { requests } = await idp.ownToken({ as: id, env: from(idp, name, unnamed), args: forIssuer() });
      assert.equal(methodOf(requests.at(-1)), method);
    });
  }

  test('is private_key_jwt where a key is there as well as a secret', async () => {
    const secret = { OAUTH_CLIENT_SECRET: 'a secret beside the key' };
    const env = { OAUTH_ISSUER: idp.server.issuer('root'), ...unnamed, ...secret };
    const { requests } = await idp.ownToken({ as: 'es256', env });
    assert.equal(methodOf(requests.at(-1)), 'private_key_jwt');
  });

  test('is none that the credentials can serve: exit 3, and no secret has left', async () => {
    const error = 'the server offers no method that the client\'s credentials can serve, only `private_key_jwt`';
    const hint = 'set the credentials that it wants, or choose a method with `--auth-method`';
    const { requests } = await idp.failure({ as: 'basic', env: from(idp, 'jwt-only', unnamed) }, 3, error, hint);
    assertNothingTold(requests, 1);
  });

  test('is the one that was named, with a warning where the server does not offer it', async () => {
    const { code, stderr, requests } = await idp.run({ as: 'basic', env: from(idp, 'post-only') });
    const own = '`client_secret_basic` of `OAUTH_AUTH_METHOD` from the environment';
    const warning = `oauth-token: warning: the server does not offer ${own}, only \`client_secret_post\`\n`;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: warning });
    assert.equal(methodOf(requests.at(-1)), 'client_secret_basic');
  });

  test('is the one that was named, without a warning where the server offers it', () =>
    idp.ownToken({ as: 'basic', env: { OAUTH_ISSUER: idp.server.issuer('root') } }));

  test('signs with the algorithm that the server lists, where the key leaves a choice', async () => {
    const env = from(idp, 'ps256', { OAUTH_ALGORITHM: undefined });
    const { requests } = await idp.ownToken({ as: 'ps256', env, args: forIssuer() });
    assert.equal(decode(requests.at(-1).form.client_assertion).header.alg, 'PS256');
  });
}

/** The method that a request was made with, as far as it shows. */
function methodOf({ headers, form, certificate }) {
  if (headers.authorization) return 'client_secret_basic';
  if (form.client_secret) return 'client_secret_post';
  if (form.client_assertion) {
    return decode(form.client_assertion).header.alg.startsWith('HS') ? 'client_secret_jwt' : 'private_key_jwt';
  }
  return certificate?.includes('self') ? 'self_signed_tls_client_auth' : 'tls_client_auth';
}
