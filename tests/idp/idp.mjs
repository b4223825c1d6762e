// What every chapter works with: the servers, the files, and the tool itself, which is run as people run it, with an empty
// environment but for the settings of the test.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { client, settings } from './clients.mjs';
import { Pki } from './pki.mjs';
import { Server } from './server.mjs';

const BINARY = process.env.OAUTH_TOKEN_BIN;
assert.ok(BINARY, 'OAUTH_TOKEN_BIN must name the program to test');

export class Idp {
  async start() {
    this.directory = mkdtempSync(join(tmpdir(), 'oauth-token-idp-'));
    this.pki = new Pki(this.directory);
    // There is no .env in it.
    this.empty = join(this.directory, 'empty');
    mkdirSync(this.empty);
    this.server = await Server.start(this.pki);
  }

  async stop() {
    await this.server?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /**
   * Runs the tool for a client, and tells its exit code, stdout, stderr, and what the servers were asked meanwhile.
   * `env` adds variables to the client's own, or takes them away where they are undefined.
   */
  async run({ as, url = this.server.tokenUrl(), args = [], env = {} } = {}) {
    const own = as ? settings(client(as), this.pki) : {};
    const place = env.OAUTH_ISSUER ? {} : { OAUTH_TOKEN_URL: url };
    const variables = { OAUTH_CACERT: this.pki.cert('server-ca'), ...place, ...own, ...env };
    const before = this.server.requests.length;
    const result = await execute(BINARY, args, variables, this.empty);
    this.server.faults.length = 0;
    return { ...result, requests: this.server.requests.slice(before) };
  }

  /** The same, for a run that must succeed and say nothing but a token; adds the token. */
  async token(options) {
    const result = await this.run(options);
    assert.deepEqual({ code: result.code, stderr: result.stderr }, { code: 0, stderr: '' });
    assert.match(result.stdout, /^[!-~]+\n$/);
    return { ...result, token: result.stdout.trim() };
  }

  /** The same, and the token must be this client's; adds what the server knows of the token. */
  async ownToken(options) {
    const result = await this.token(options);
    const found = await this.server.owner(result.token);
    assert.equal(found?.clientId, options.as);
    return { ...result, found };
  }

  /** For a run that must fail: with this code, nothing on stdout, and these lines on stderr. */
  async failure(options, code, error, hint) {
    const result = await this.run(options);
    const lines = [`oauth-token: error: ${error}`, ...(hint ? [`oauth-token: hint: ${hint}`] : []), ''];
    assert.deepEqual(
      { code: result.code, stdout: result.stdout, stderr: result.stderr.split('\n') },
      { code, stdout: '', stderr: lines },
    );
    return result;
  }

  /** Asks the API by curl, with what is on stdin as header lines. */
  curl(headers, ...args) {
    const words = ['--silent', '--show-error', '--cacert', this.pki.cert('server-ca'), '--header', '@-', ...args];
    return execute('curl', words, { PATH: process.env.PATH }, this.empty, headers);
  }
}

function execute(program, args, env, cwd, input = '') {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env });
    const output = { stdout: '', stderr: '' };
    for (const name of Object.keys(output)) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    child.on('error', reject).on('close', (code) => resolve({ code, ...output }));
    child.stdin.on('error', () => {}).end(input);
  });
}
