// npm's oidc-provider with the clients, lifetimes and kinds of token that the tenant is measured with.
// `node oidc-provider.mjs PORT KEY_FILE`: prints `ready` once it listens. The key is made at the first start.

import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { Provider } from 'oidc-provider';

const [port, keyFile] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
const api = 'https://notes.example.com';

if (!existsSync(keyFile)) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'speed' };
  writeFileSync(keyFile, JSON.stringify(jwk), { mode: 0o600 });
}

// Its own MemoryAdapter keeps 1,000 entries and walks through every token of a grant at each write; with plain maps it
// is quicker, and loses no code.
const entries = new Map();
const uids = new Map();
const grants = new Map();

function forget(key) {
  const payload = entries.get(key)?.payload;
  entries.delete(key);
  if (payload?.grantId) grants.get(payload.grantId)?.delete(key);
}

class Adapter {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload, expiresIn) {
    const key = this.key(id);
    entries.set(key, { payload, ends: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
    if (payload.uid) uids.set(payload.uid, id);
    if (payload.grantId) {
      const members = grants.get(payload.grantId);
      if (members) members.add(key);
      else grants.set(payload.grantId, new Set([key]));
    }
  }

  async find(id) {
    return entries.get(this.key(id))?.payload;
  }

  async findByUid(uid) {
    return this.find(uids.get(uid));
  }

  async consume(id) {
    entries.get(this.key(id)).payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    forget(this.key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of grants.get(grantId) ?? []) entries.delete(key);
    grants.delete(grantId);
  }
}

setInterval(() => {
  const now = Date.now();
  for (const [key, { ends }] of entries) if (ends < now) forget(key);
}, 10_000).unref();

const provider = new Provider(issuer, {
  adapter: Adapter,
  jwks: { keys: [JSON.parse(readFileSync(keyFile, 'utf8'))] },
  clients: [
    {
      client_id: 'spa',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['https://app.example/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
    {
      client_id: 'machine',
      client_secret: 'machine-secret',
      token_endpoint_auth_method: 'client_secret_post',
      redirect_uris: [],
      grant_types: ['client_credentials'],
      response_types: [],
    },
  ],
  cookies: { keys: ['a key for cookies that nobody needs to keep'] },
  pkce: { required: () => true },
  scopes: ['openid', 'offline_access'],
  ttl: { AccessToken: 60, AuthorizationCode: 60, ClientCredentials: 60, IdToken: 36_000, RefreshToken: 2_592_000, Session: 604_800, Grant: 604_800 },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  expiresWithSession: async () => false,
  findAccount: async (ctx, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => api,
      useGrantedResource: async () => true,
      getResourceServerInfo: async () => ({
        scope: 'read:notes write:notes',
        audience: api,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 60,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});

// Whoever comes to the page is Ada, and consents.
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  const grant = new provider.Grant({ accountId: 'ada', clientId: params.client_id });
  grant.addOIDCScope('openid offline_access');
  grant.addResourceScope(api, 'read:notes write:notes');
  const answer = { login: { accountId: 'ada' }, consent: { grantId: await grant.save() } };
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, answer, { mergeWithLastSubmission: false });
});

provider.on('server_error', (ctx, error) => console.error(error));
provider.listen(Number(port), 'localhost', () => console.log('ready'));
