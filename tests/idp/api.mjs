// An API that tokens are for: it believes a token that is bound to a key or to a certificate only from whoever proves to
// have it (RFC 9449 section 7.2, RFC 8705 section 3).

import { decode, sha256, thumbprint, verify } from './jwt.mjs';

const CLOCK_TOLERANCE = 30;

/** The API of these providers, as a handler: `(request, response, url)`. `serverKey` is the public JWK of their JWTs. */
export function createApi(providers, serverKey) {
  const used = new Set();
  return async (request, response, url) => {
    try {
      const [scheme, token] = (request.headers.authorization ?? '').split(' ');
      const bound = await binding(token ?? '', providers, serverKey);
      if (bound.jkt) checkProof(request, { url, scheme, token, jkt: bound.jkt, used });
      else if (scheme !== 'Bearer') throw new Error('the scheme is not Bearer');
      if (bound['x5t#S256']) checkCertificate(request, bound['x5t#S256']);
      answer(response, 200, { client: bound.client });
    } catch (error) {
      answer(response, 401, { error: 'invalid_token', error_description: error.message });
    }
  };
}

/** What a token is bound to, and whose it is. */
async function binding(token, providers, serverKey) {
  if (token.split('.').length === 3) {
    const { claims } = verify(token, serverKey);
    return { client: claims.client_id, ...claims.cnf };
  }
  for (const provider of providers) {
    const found = await provider.ClientCredentials.find(token);
    if (found) return { client: found.clientId, jkt: found.jkt, 'x5t#S256': found['x5t#S256'] };
  }
  throw new Error('no such token');
}

/** RFC 9449 section 4.3, in its order. */
function checkProof(request, { url, scheme, token, jkt, used }) {
  const proof = request.headers.dpop ?? '';
  if (scheme !== 'DPoP') throw new Error('the scheme is not DPoP');
  if (proof.split('.').length !== 3) throw new Error('there is not exactly one proof');
  const { jwk } = decode(proof).header;
  const { header, claims } = verify(proof, jwk);
  const now = Date.now() / 1000;
  const rules = {
    'typ is not dpop+jwt': header.typ === 'dpop+jwt',
    'jwk holds a private key': !('d' in jwk),
    'htm is another method': claims.htm === request.method,
    'htu is another address': claims.htu === `${url.origin}${url.pathname}`,
    'iat is not recent': Math.abs(now - claims.iat) <= CLOCK_TOLERANCE,
    'ath is another token\'s': claims.ath === sha256(token),
    'the token is bound to another key': thumbprint(jwk) === jkt,
    'jti was used before': !used.has(claims.jti),
  };
  const broken = Object.keys(rules).find((rule) => !rules[rule]);
  if (broken) throw new Error(broken);
  used.add(claims.jti);
}

function checkCertificate(request, expected) {
  const certificate = request.socket.getPeerX509Certificate?.();
  if (!certificate || sha256(certificate.raw) !== expected) throw new Error('the token is bound to another certificate');
}

function answer(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
