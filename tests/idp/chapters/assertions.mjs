// What assertions say: to whom they are, for how long, and never the same one twice.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { client } from '../clients.mjs';
import { decode, sign, withTimes } from '../jwt.mjs';
import { REJECTED, TRY_LATER, checkClient } from '../messages.mjs';
import { RUNNER_TOKEN } from '../server.mjs';

const CHECK_KEY = checkClient('OAUTH_SIGNING_KEY_FILE');
const UNWELL = [503, '', { 'Retry-After': '0' }];

export function assertions(idp) {
  describe('an assertion', () => content(idp));
  describe('the audience of an assertion', () => audience(idp));
  describe('the identifier of an assertion', () => identifier(idp));
  describe('an assertion from somebody else', () => foreign(idp));
}

const assertionOf = (request) => decode(request.form.client_assertion);

function content(idp) {
  for (const id of ['hs256', 'es256']) {
    test(`of \`${id}\` says who, to whom, when and until when, and no more`, async () => {
      const before = Math.floor(Date.now() / 1000);
      const { requests } = await idp.ownToken({ as: id });
      const { header, claims } = assertionOf(requests[0]);
      const { iat, exp, jti, ...rest } = claims;
      assert.deepEqual(header, { alg: client(id).alg, typ: 'JWT' });
      assert.deepEqual(rest, { iss: id, sub: id, aud: idp.server.tokenUrl() });
      assert.ok(iat < before && iat >= before - 10, 'the time of issue lies a little back');
      assert.equal(exp - iat, 60);
      assert.ok(jti.length >= 22, '128 bits');
    });
  }

  test('has another type by --assertion-type, or none', async () => {
    const typeOf = async (type) => {
      const { requests } = await idp.ownToken({ as: 'es256', args: ['--assertion-type', type] });
      return assertionOf(requests[0]).header.typ;
    };
    assert.equal(await typeOf('client-authentication+jwt'), 'client-authentication+jwt');
    assert.equal(await typeOf('none'), undefined);
  });

  test('is valid for as long as --assertion-lifetime says', async () => {
    const { requests } = await idp.ownToken({ as: 'es256', args: ['--assertion-lifetime', '240'] });
    const { iat, exp } = assertionOf(requests[0]).claims;
    assert.equal(exp - iat, 240);
  });

  test('that is refused brings a word about the clock where the answer\'s `Date` is five minutes away', async () => {
    const date = new Date(Date.now() - 300_000).toUTCString();
    idp.server.faults.push([401, '{"error":"invalid_client"}', { 'Content-Type': 'application/json', Date: date }]);
    const { code, stderr } = await idp.run({ as: 'es256' });
    assert.equal(code, 4);
    assert.match(stderr, /; this machine's clock is 30\d s ahead of the server's\n$/);
  });
}

function audience(idp) {
  test('is the token endpoint where --url names it', async () => {
    const { requests } = await idp.ownToken({ as: 'es256' });
    assert.equal(assertionOf(requests[0]).claims.aud, idp.server.tokenUrl());
  });

  test('is the issuer where --issuer names it', async () => {
    const { requests } = await idp.ownToken({ as: 'es256', env: { OAUTH_ISSUER: idp.server.issuer('root') } });
    assert.equal(assertionOf(requests.at(-1)).claims.aud, idp.server.issuer('root'));
  });

  test('is what --assertion-audience says: the issuer', async () => {
    const { requests } = await idp.ownToken({ as: 'es256', args: ['--assertion-audience', idp.server.issuer('root')] });
    assert.equal(assertionOf(requests[0]).claims.aud, idp.server.issuer('root'));
  });

  test('is what --assertion-audience says: the token endpoint, though the issuer is known', async () => {
    const env = { OAUTH_ISSUER: idp.server.issuer('root') };
    const { requests } = await idp.ownToken({ as: 'es256', env, args: ['--assertion-audience', idp.server.tokenUrl()] });
    assert.equal(assertionOf(requests.at(-1)).claims.aud, idp.server.tokenUrl());
  });

  test('is refused by a server that it does not name, with exit 4', () =>
    idp.failure({ as: 'es256', args: ['--assertion-audience', 'https://other.example'] }, 4, REJECTED, CHECK_KEY));

  for (const id of ['es256', 'rs256', 'hs256']) {
    test(`of \`${id}\` is taken by a server that insists on the issuer as a string`, async () => {
      const { requests } = await idp.ownToken({ as: id, env: { OAUTH_ISSUER: idp.server.issuer('strict') } });
      assert.equal(assertionOf(requests.at(-1)).claims.aud, idp.server.issuer('strict'));
    });
  }

  test('is refused by that server where it is the token endpoint, with exit 4', () =>
    idp.failure({ as: 'es256', url: idp.server.tokenUrl('strict') }, 4, REJECTED, CHECK_KEY));

  test('makes that server content where --url and --assertion-audience are given', () => {
    const args = ['--assertion-audience', idp.server.issuer('strict')];
    return idp.ownToken({ as: 'es256', url: idp.server.tokenUrl('strict'), args });
  });
}

function identifier(idp) {
  const identifiers = (requests) => new Set(requests.map((request) => assertionOf(request).claims.jti));

  for (const id of ['hs256', 'rs256', 'eddsa']) {
    test(`of \`${id}\` is another one at each attempt, for a server that has spent it and then fails`, async () => {
      idp.server.faults.push(UNWELL, UNWELL);
      const { requests } = await idp.ownToken({ as: id });
      assert.deepEqual(requests.map((request) => request.status), [200, 200, 200]);
      assert.equal(identifiers(requests).size, 3);
    });
  }

  test('is another one at each attempt of a server that stays unwell, which is exit 9', async () => {
    idp.server.faults.push(UNWELL, UNWELL, UNWELL);
    const error = 'the server is unwell (503), after 3 attempts';
    const { requests } = await idp.failure({ as: 'es256' }, 9, error, TRY_LATER);
    assert.equal(identifiers(requests).size, 3);
  });

  test('is another one in each of ten runs at once', async () => {
    const runs = Array.from({ length: 10 }, () => idp.token({ as: 'es256' }));
    const before = idp.server.requests.length;
    await Promise.all(runs);
    assert.equal(identifiers(idp.server.requests.slice(before)).size, 10);
  });
}

function foreign(idp) {
  const assertion = (jti) => {
    const claims = withTimes({ iss: 'es256', sub: 'es256', aud: idp.server.issuer('root'), jti });
    return sign(claims, idp.pki.read(idp.pki.key('p256')), { alg: 'ES256' });
  };
  const noKey = { OAUTH_SIGNING_KEY_FILE: undefined, OAUTH_ALGORITHM: undefined };
  const from = (file) => ({ ...noKey, OAUTH_CLIENT_ASSERTION_FILE: file });
  const fromRunner = () => ({
    ...noKey,
    OAUTH_CLIENT_ASSERTION: 'github-actions',
    OAUTH_ASSERTION_AUDIENCE: idp.server.issuer('root'),
    ACTIONS_ID_TOKEN_REQUEST_URL: `${idp.server.url}/runner/id-token?issuer=es256+es256`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: RUNNER_TOKEN,
  });

  test('comes from a file, which is read again at each run', async () => {
    for (const jti of ['first', 'second']) {
      const file = idp.pki.write('assertion.jwt', `${assertion(jti)}\n`);
      const { requests } = await idp.ownToken({ as: 'es256', env: from(file) });
      assert.equal(assertionOf(requests[0]).claims.jti, jti);
    }
  });

  test('needs no client id, for it names the client', async () => {
    const file = idp.pki.write('assertion.jwt', assertion('without-id'));
    const { token } = await idp.token({ as: 'es256', env: { ...from(file), OAUTH_CLIENT_ID: undefined } });
    assert.equal((await idp.server.owner(token)).clientId, 'es256');
  });

  test('is refused by the server the second time, with exit 4', async () => {
    const file = idp.pki.write('assertion.jwt', assertion('once'));
    await idp.ownToken({ as: 'es256', env: from(file) });
    const hint = checkClient('OAUTH_CLIENT_ASSERTION_FILE');
    await idp.failure({ as: 'es256', env: from(file) }, 4, REJECTED, hint);
  });

  test('comes from the runner of a CI job, for the audience that the server wants', async () => {
    const { requests } = await idp.ownToken({ as: 'es256', env: fromRunner() });
    assert.deepEqual(requests.map((request) => request.path), ['/runner/id-token', '/token']);
  });

  test('is not to be had from the runner without its own token, which is exit 4', () =>
    idp.failure(
      { as: 'es256', env: { ...fromRunner(), ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'wrong-token' } },
      4,
      'the runner gave no ID token: it refuses the job (401)',
      'check that the job has `permissions: id-token: write`',
    ));


  test('is asked of the runner anew for a request with a nonce', async () => {
    const audience = { OAUTH_ASSERTION_AUDIENCE: idp.server.issuer('nonce') };
    const env = { ...fromRunner(), ...audience, OAUTH_DPOP_KEY: idp.pki.key('dpop') };
    await idp.ownToken({ as: 'es256', url: idp.server.tokenUrl('nonce'), env });
  });

  test('is asked of the runner anew after a fault', async () => {
    idp.server.faults.push(UNWELL);
    await idp.ownToken({ as: 'es256', env: fromRunner() });
  });
}
