// The servers of these tests, on loopback and on ports that the system chooses: two listeners over HTTPS (one of which
// asks for client certificates), three authorization servers behind each, an API, and the metadata of many issuers.
// Everything that is asked is written down in `requests`.

import { once } from 'node:events';
import { createServer, get } from 'node:https';

import { createApi } from './api.mjs';
import { BEYOND_ASCII } from './clients.mjs';
import { sign, withTimes } from './jwt.mjs';
import { metadataAnswers } from './metadata.mjs';
import { createProvider } from './provider.mjs';

/** What the runner wants to see of a job. */
export const RUNNER_TOKEN = 'the-runners-own-secret';

// The authorization servers: where they are mounted, and what is special about them.
const SERVERS = {
  root: { path: '', options: {} },
  nonce: { path: '/nonce', options: { dpop: 'nonce' } },
  strict: { path: '/tenants/strict', options: { dpop: 'off', strictAudience: true } },
};

export class Server {
  /** Starts everything with these keys and certificates. */
  static async start(pki) {
    const server = new Server(pki);
    await server.listen();
    server.mount();
    server.answers = metadataAnswers(await server.metadata(), server);
    return server;
  }

  constructor(pki) {
    this.pki = pki;
    this.requests = [];
    this.answers = {};
    // Answers that replace the next ones of the token endpoints, `[status, body, headers]`, or null to let one pass.
    this.faults = [];
  }

  async listen() {
    const { pki } = this;
    const tls = { key: pki.read(pki.key('server')), cert: pki.read(pki.cert('server')) };
    const mutual = { ...tls, requestCert: true, rejectUnauthorized: false, ca: pki.read(pki.cert('client-ca')) };
    const handle = (request, response) => this.handle(request, response);
    this.listeners = [createServer(tls, handle), createServer(mutual, handle)];
    for (const listener of this.listeners) await once(listener.listen(0, '127.0.0.1'), 'listening');
    [this.url, this.mtls] = this.listeners.map((listener) => `https://localhost:${listener.address().port}`);
  }

  mount() {
    this.providers = {};
    for (const [name, { path, options }] of Object.entries(SERVERS)) {
      const provider = createProvider(`${this.url}${path}`, this.pki, options);
      provider.use((ctx, next) => this.watch(ctx, next));
      this.providers[name] = provider;
    }
    this.mounts = Object.entries(SERVERS)
      .map(([name, { path }]) => ({ path, handle: this.providers[name].callback() }))
      .sort((a, b) => b.path.length - a.path.length);
    this.api = createApi(Object.values(this.providers), this.pki.publicJwk('server-signing'));
  }

  /** What the provider at the root says of itself. */
  async metadata() {
    const ca = this.pki.read(this.pki.cert('server-ca'));
    const request = get(`${this.url}/.well-known/openid-configuration`, { ca, agent: false, family: 4 });
    const [response] = await once(request, 'response');
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
    return JSON.parse(body);
  }

  /** The token endpoint of one of the authorization servers. */
  tokenUrl(name = 'root', origin = this.url) {
    return `${origin}${SERVERS[name].path}/token`;
  }

  issuer(name) {
    return `${this.url}${SERVERS[name].path}`;
  }

  async stop() {
    for (const listener of this.listeners) {
      listener.closeAllConnections();
      await new Promise((done) => listener.close(done));
    }
  }

  handle(request, response) {
    const url = new URL(request.url, `https://${request.headers.host}`);
    this.record(request, url);
    const answer = this.answers[url.pathname];
    if (answer) return send(response, answer);
    if (url.pathname.startsWith('/api/')) return this.api(request, response, url);
    if (url.pathname === '/beyond-ascii/token') return beyondAscii(request, response);
    if (url.pathname === '/moved/token') return send(response, [307, '', { Location: '/token' }]);
    if (url.pathname === '/runner/id-token') return this.runner(request, response, url);
    return this.toProvider(request, response);
  }

  record(request, url) {
    const certificate = request.socket.getPeerX509Certificate?.();
    request.seen = {
      method: request.method,
      path: url.pathname,
      origin: url.origin,
      headers: request.headers,
      certificate: certificate?.subject,
    };
    this.requests.push(request.seen);
  }

  /** The runner of a CI job, which says who the job is. For these tests the address says it: `issuer=ISS SUB`. */
  runner(request, response, url) {
    if (request.headers.authorization !== `Bearer ${RUNNER_TOKEN}`) return send(response, [401, '{}']);
    const [issuer, subject] = url.searchParams.get('issuer').split(' ');
    const key = issuer === subject ? 'p256' : 'assertion-issuer';
    const claims = { iss: issuer, sub: subject, aud: url.searchParams.get('audience') };
    const value = sign(withTimes(claims), this.pki.read(this.pki.key(key)), { alg: 'ES256' });
    return send(response, [200, JSON.stringify({ count: value.length, value })]);
  }

  /** RFC 8414 puts the well-known part before the path; the provider itself knows the place of OpenID Connect alone. */
  toProvider(request, response) {
    const inserted = /^\/\.well-known\/oauth-authorization-server(.*)$/.exec(request.url);
    const url = inserted ? `${inserted[1]}/.well-known/openid-configuration` : request.url;
    const { path, handle } = this.mounts.find(({ path }) => url.startsWith(`${path}/`));
    request.originalUrl = url;
    request.url = url.slice(path.length);
    handle(request, response);
  }

  /** Writes down what a provider has read and answered; a fault comes after that, as from a gateway before it. */
  async watch(ctx, next) {
    await next();
    Object.assign(ctx.req.seen, { form: { ...ctx.oidc?.body }, status: ctx.status });
    const fault = ctx.method === 'POST' && this.faults.shift();
    if (!fault) return;
    const [status, body, headers = {}] = fault;
    ctx.status = status;
    ctx.body = body;
    ctx.set(headers);
  }

  /** Makes a refresh token as an authorization code would have brought it. */
  async refreshToken(clientId, { name = 'root', accountId = 'alice', scope = 'offline_access' } = {}) {
    const provider = this.providers[name];
    const client = await provider.Client.find(clientId);
    const grant = new provider.Grant({ clientId, accountId });
    grant.addOIDCScope(scope);
    const grantId = await grant.save();
    return new provider.RefreshToken({ client, accountId, grantId, scope, gty: 'authorization_code' }).save();
  }

  /** Whose access token this is, by any of the authorization servers. */
  async owner(token) {
    for (const { ClientCredentials, AccessToken } of Object.values(this.providers)) {
      const found = (await ClientCredentials.find(token)) ?? (await AccessToken.find(token));
      if (found) return found;
    }
    return undefined;
  }
}

function send(response, [status, body, headers = {}]) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);
}

/** Knows one client, by Basic or in the form, with characters beyond ASCII (RFC 6749 appendix B). */
async function beyondAscii(request, response) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  const form = new URLSearchParams(body);
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '');
  const pair = basic ? Buffer.from(basic[1], 'base64').toString('latin1').split(':') : undefined;
  const [id, secret] = pair?.map(formDecode) ?? [form.get('client_id'), form.get('client_secret')];
  const isKnown = id === BEYOND_ASCII.id && secret === BEYOND_ASCII.secret;
  const token = { access_token: 'beyond-ascii', token_type: 'Bearer', expires_in: 60 };
  send(response, isKnown ? [200, JSON.stringify(token)] : [401, '{"error":"invalid_client"}']);
}

const formDecode = (text) => decodeURIComponent(text.replaceAll('+', ' '));
