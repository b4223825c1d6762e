// How clients prove themselves: every client of the table by its own method, and what happens when the proof is wrong.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { BEYOND_ASCII, CLIENTS, client } from '../clients.mjs';
import { REJECTED, checkClient } from '../messages.mjs';

// Clients that want more than their own proof have chapters of their own.
const wantsMore = (row) => row.registered?.grant_types || row.registered?.dpop_bound_access_tokens;

export function methods(idp) {
  describe('every client', () => everyClient(idp));
  describe('one proof in each request', () => oneProof(idp));
  describe('a wrong proof', () => wrongProof(idp));
  describe('a certificate that does not fit', () => wrongCertificate(idp));
  describe('the spelling of ids and secrets', () => spelling(idp));
}

const mtls = (idp) => idp.server.tokenUrl('root', idp.server.mtls);

function everyClient(idp) {
  for (const row of CLIENTS.filter((row) => !wantsMore(row))) {
    const how = [row.method, row.alg].filter(Boolean).join(' with ');
    test(`\`${row.id}\` gets a token by ${how}`, async () => {
      const env = row.id.endsWith('-cert-bound') ? certificate(idp, 'client-dn') : {};
      const { requests } = await idp.ownToken({ as: row.id, url: mtls(idp), env });
      assert.equal(requests.length, 1);
    });
  }

  test('there are forty clients and more', () => assert.ok(CLIENTS.length >= 40));
}

function certificate(idp, name, key = name) {
  return { OAUTH_CERT: idp.pki.cert(name), OAUTH_KEY: idp.pki.key(key) };
}

// What of a request is about the client, by method.
const PROOFS = [
  ['basic', 'client_secret_basic', ['authorization']],
  ['post', 'client_secret_post', ['client_id', 'client_secret']],
  ['hs256', 'client_secret_jwt', ['client_id', 'client_assertion_type', 'client_assertion']],
  ['es256', 'private_key_jwt', ['client_id', 'client_assertion_type', 'client_assertion']],
  ['tls-dn', 'tls_client_auth', ['client_id', 'certificate']],
  ['self-signed', 'self_signed_tls_client_auth', ['client_id', 'certificate']],
  ['public', 'none', ['client_id']],
];

// By what is configured, the method that is meant where none is named.
const MEANT = { basic: 'client_secret_basic', es256: 'private_key_jwt', 'tls-dn': 'tls_client_auth' };

function oneProof(idp) {
  for (const [id, method, parts] of PROOFS) {
    test(`${method} sends ${parts.join(', ')} and nothing else of the client`, async () => {
      const { requests } = await idp.ownToken({ as: id, url: mtls(idp) });
      assert.deepEqual(proofOf(requests[0]), parts);
    });
  }

  for (const [id, method] of Object.entries(MEANT)) {
    test(`${method} is meant where the credentials are for it and no method is named`, async () => {
      const named = await idp.ownToken({ as: id, url: mtls(idp) });
      const meant = await idp.ownToken({ as: id, url: mtls(idp), env: { OAUTH_AUTH_METHOD: undefined } });
      assert.deepEqual(proofOf(meant.requests[0]), proofOf(named.requests[0]));
    });
  }

  test('a secret comes from a file as well', async () => {
    const file = idp.pki.write('secret.txt', `${client('basic').secret}\n`);
    await idp.ownToken({ as: 'basic', env: { OAUTH_CLIENT_SECRET: undefined, OAUTH_CLIENT_SECRET_FILE: file } });
  });
}

function proofOf({ headers, form, certificate }) {
  const { grant_type: _, ...rest } = form;
  const parts = [headers.authorization && 'authorization', ...Object.keys(rest), certificate && 'certificate'];
  return parts.filter(Boolean);
}

// Clients by the kind of secret or key, and for keys the family that the wrong one is of.
const WRONG_SECRETS = ['basic', 'post', 'hs256', 'hs384', 'hs512'];
const WRONG_KEYS = { rs256: 'rsa', rs512: 'rsa', ps256: 'rsa', es256: 'p256', es384: 'p384', eddsa: 'ed25519' };

function wrongProof(idp) {
  for (const id of WRONG_SECRETS) {
    test(`another secret than that of \`${id}\` is exit 4`, async () => {
      const env = { OAUTH_CLIENT_SECRET: 'wrong'.repeat(20) };
      const { requests } = await idp.failure({ as: id, env }, 4, REJECTED, checkClient('OAUTH_CLIENT_SECRET'));
      assert.equal(requests.length, 1, 'it is not tried again');
    });
  }

  for (const [id, key] of Object.entries(WRONG_KEYS)) {
    test(`another key than that of \`${id}\` is exit 4`, async () => {
      const env = { OAUTH_SIGNING_KEY_FILE: idp.pki.key(`${key}-wrong`) };
      const { requests } = await idp.failure({ as: id, env }, 4, REJECTED, checkClient('OAUTH_SIGNING_KEY_FILE'));
      assert.equal(requests.length, 1, 'it is not tried again');
    });
  }

  test('an unknown client is exit 4', async () => {
    const env = { OAUTH_CLIENT_ID: 'nobody', OAUTH_CLIENT_SECRET: 'secret-of-nobody' };
    await idp.failure({ env }, 4, REJECTED, checkClient('OAUTH_CLIENT_SECRET', false));
  });

  test('a method that is not the registered one is exit 4', async () => {
    const env = { OAUTH_AUTH_METHOD: 'post' };
    await idp.failure({ as: 'hs256', env }, 4, REJECTED, checkClient('OAUTH_CLIENT_SECRET'));
  });

  test('an algorithm that is not the registered one is exit 4', async () => {
    const env = { OAUTH_ALGORITHM: 'PS256' };
    await idp.failure({ as: 'rs256', env }, 4, REJECTED, checkClient('OAUTH_SIGNING_KEY_FILE'));
  });
}

// The client, the certificate that it shows, and why the server takes no other.
const WRONG_CERTIFICATES = [
  ['tls-dn', 'client-other-dn', 'of another name'],
  ['tls-dn', 'client-unknown-ca', 'of an unknown authority'],
  ['tls-dns', 'client-uri', 'of another kind of name'],
  ['self-signed', 'self-signed-other', 'that is not registered'],
];

function wrongCertificate(idp) {
  const hint = checkClient('OAUTH_CERT');

  for (const [id, name, why] of WRONG_CERTIFICATES) {
    test(`\`${id}\` with a certificate ${why} is exit 4`, async () => {
      await idp.failure({ as: id, url: mtls(idp), env: certificate(idp, name) }, 4, REJECTED, hint);
    });
  }

  test('a server that asks for no certificate sees none, and rejects the client', async () => {
    const { requests } = await idp.failure({ as: 'tls-dn' }, 4, REJECTED, hint);
    assert.equal(requests[0].certificate, undefined);
  });

  test('the key of another certificate is exit 3, before anything is sent', async () => {
    const env = certificate(idp, 'client-dn', 'client-dns');
    const what = 'the file of `OAUTH_KEY` from the environment holds the key of another certificate';
    const hint = 'give the key that the certificate was made for';
    const options = { as: 'tls-dn', url: mtls(idp), env };
    const { requests } = await idp.failure(options, 3, `${what}: ${env.OAUTH_KEY}`, hint);
    assert.equal(requests.length, 0);
  });

  test('certificate and key may be in one file', async () => {
    const both = idp.pki.read(idp.pki.cert('client-dn')) + idp.pki.read(idp.pki.key('client-dn'));
    const env = { OAUTH_CERT: idp.pki.write('both.pem', both), OAUTH_KEY: undefined };
    await idp.ownToken({ as: 'tls-dn', url: mtls(idp), env });
  });
}

function spelling(idp) {
  const { id, secret } = BEYOND_ASCII;
  const env = { OAUTH_CLIENT_ID: id, OAUTH_CLIENT_SECRET: secret };
  const raw = ['--basic-encoding', 'raw'];

  for (const method of ['client_secret_basic', 'client_secret_post']) {
    test(`${method} carries characters beyond ASCII`, async () => {
      const url = `${idp.server.url}/beyond-ascii/token`;
      const { token } = await idp.token({ url, env: { ...env, OAUTH_AUTH_METHOD: method } });
      assert.equal(token, 'beyond-ascii');
    });
  }

  test('what a server does decode cannot be sent raw, which is exit 4 with the way out', async () => {
    const form = 'they hold characters that RFC 6749 section 2.3.1 wants form-encoded: try `--basic-encoding form`';
    const hint = `${checkClient('OAUTH_CLIENT_SECRET')}; ${form}`;
    await idp.failure({ as: 'a+b', args: raw }, 4, REJECTED, hint);
  });

  test('a raw secret that cannot be decoded is exit 5, with the way out', async () => {
    const said = 'client_id and client_secret in the authorization header are not properly encoded';
    const error = `the server rejected the request: \`invalid_request\`: ${said} (400)`;
    const hint = 'the server may want id and secret form-encoded: leave out `--basic-encoding raw`';
    await idp.failure({ as: '100%25', args: raw }, 5, error, hint);
  });

  test('a colon in an id cannot be sent raw, and is exit 2 before anything is sent', async () => {
    const error = '`OAUTH_CLIENT_ID` from the environment holds a colon, which a raw Basic header cannot carry';
    const options = { as: 'id:with:colons', args: raw };
    const { requests } = await idp.failure(options, 2, error, 'leave out `--basic-encoding raw`');
    assert.equal(requests.length, 0);
  });
}
