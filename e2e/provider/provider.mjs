// Node oidc-provider as the tenant of the end-to-end tests: an OpenID provider that others wrote and certified.
// Everything it needs comes from the environment; it ends when its standard input does.
import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { createServer } from 'node:http';
import Provider, { errors } from 'oidc-provider';
import { device } from './device.mjs';

const env = (name) => {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
};

const port = Number(env('PROVIDER_PORT'));
const audience = env('PROVIDER_AUDIENCE');
const authMethod = env('PROVIDER_AUTH_METHOD'); // client_secret_post or client_secret_basic
const apiScopes = 'read:messages write:messages';
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'; // RFC 8693
const backchannelURI = process.env.PROVIDER_BACKCHANNEL_URI; // where the web app learns of logouts; optional
// Clients of private_key_jwt: [{id, alg, jwk}]. One with a redirect_uri is a web app that this provider trusts with nothing
// less: it pushes its requests, and its tokens are bound to a key.
const asserting = JSON.parse(process.env.PROVIDER_ASSERTING || '[]');
const strict = new Set(asserting.filter((client) => client.redirect_uri).map((client) => client.id));
const nonces = process.env.PROVIDER_NONCES === 'true'; // every DPoP proof needs a nonce
const ciba = 'urn:openid:params:grant-type:ciba';
const webapp = (redirectURI) => ({
  redirect_uris: [redirectURI],
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token', ciba],
  post_logout_redirect_uris: [new URL(redirectURI).origin],
  require_pushed_authorization_requests: true,
  dpop_bound_access_tokens: true,
  authorization_details_types: ['messages'],
  backchannel_token_delivery_mode: 'poll',
});

// New keys at every start: a restart is a tenant that changed its keys without notice.
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const signingKey = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') };

const api = {
  scope: apiScopes,
  audience,
  accessTokenFormat: 'jwt',
  accessTokenTTL: 3600,
  jwt: { sign: { alg: 'RS256' } },
};

// The telephone on which people approve what a client asks for behind their back.
const phone = device(() => provider, newGrant);

const provider = new Provider(`http://localhost:${port}`, {
  jwks: { keys: [signingKey] },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  clientAuthMethods: [authMethod, 'private_key_jwt'],
  clients: [
    {
      client_id: env('PROVIDER_CLIENT_ID'),
      client_secret: env('PROVIDER_CLIENT_SECRET'),
      redirect_uris: [env('PROVIDER_REDIRECT_URI')],
      post_logout_redirect_uris: [env('PROVIDER_LOGOUT_URI')],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: authMethod,
      ...(backchannelURI && { backchannel_logout_uri: backchannelURI, backchannel_logout_session_required: true }),
    },
    {
      client_id: env('PROVIDER_MACHINE_ID'),
      client_secret: env('PROVIDER_MACHINE_SECRET'),
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: authMethod,
    },
    ...asserting.map(({ id, alg, jwk, redirect_uri: redirectURI }) => ({
      client_id: id,
      ...(redirectURI ? webapp(redirectURI) : { redirect_uris: [], response_types: [], grant_types: [tokenExchange] }),
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: alg,
      jwks: { keys: [jwk] },
    })),
  ],
  pkce: { required: () => true },

  // Auth0 puts the profile into the ID token, and so does this; the default would leave it to /me.
  conformIdTokenClaims: false,
  claims: { openid: ['sub'], profile: ['name', 'nickname'], email: ['email', 'email_verified'] },
  findAccount: (ctx, sub) => ({
    accountId: sub,
    claims: () => ({
      sub,
      name: `${sub} of the provider`,
      nickname: sub,
      email: `${sub}@provider.example`,
      email_verified: true,
    }),
  }),

  // oidc-provider drops offline_access from a request without prompt=consent. Auth0 does not, so the client is
  // what decides here.
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),

  // Whoever exchanges a token acts for its subject.
  extraTokenClaims: (ctx, token) => (
    ctx.oidc.params.grant_type === tokenExchange ? { act: { sub: token.clientId } } : undefined
  ),

  // First-party applications ask nobody for consent.
  async loadExistingGrant(ctx) {
    const { client, session } = ctx.oidc;
    const existing = session.grantIdFor(client.clientId);
    if (existing) {
      return ctx.oidc.provider.Grant.find(existing);
    }
    return newGrant(client, session.accountId);
  },

  // oidc-provider calls no address of its own machine or network, since clients may register themselves at some
  // providers. Here the web app is on this machine, and nobody registers but us: its address may be called, and no other.
  fetch: (url, options) => fetch(url, url === backchannelURI ? { ...options, dispatcher: undefined } : options),

  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    dPoP: { enabled: true, nonceSecret: nonces ? randomBytes(32) : undefined, requireNonce: () => nonces },
    ciba: { enabled: true, ...phone.feature },
    // Of what is asked for in detail, reading is granted and nothing else.
    richAuthorizationRequests: {
      enabled: true,
      types: { messages: { validate() {} } },
      authorizationDetailsForGrantSource: (ctx) => JSON.parse(ctx.oidc.params.authorization_details)
        .map((detail) => ({ ...detail, actions: detail.actions.filter((action) => action === 'read') })),
      authorizationDetailsForAccessToken: (ctx, token, source) => source.rar,
    },
    clientCredentials: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource(ctx, form) {
        ctx.body = page('Sign out', `${form}<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`);
      },
    },
    resourceIndicators: {
      enabled: true,
      // A token that is for no API is for this provider's own userinfo endpoint.
      defaultResource: (ctx, client) => (strict.has(client.clientId) ? undefined : audience),
      useGrantedResource: () => true,
      getResourceServerInfo: () => api,
    },
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: {
    Session: 3600, Grant: 3600, Interaction: 600, AccessToken: 3600, ClientCredentials: 3600, IdToken: 3600, RefreshToken: 3600,
    BackchannelAuthenticationRequest: 600,
  },
});

provider.use(phone.endpoint);

// The login page: whoever types a name is that user.
provider.use(async (ctx, next) => {
  if (!/^\/interaction\/[\w-]+$/.test(ctx.path)) {
    return next();
  }
  if (ctx.method === 'POST') {
    const login = new URLSearchParams(await text(ctx.req)).get('login');
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login: { accountId: login }, consent: {} }));
    return undefined;
  }
  await provider.interactionDetails(ctx.req, ctx.res); // throws if there is none
  ctx.body = page('Sign in', '<form method="post"><input name="login" required autofocus><button>Sign in</button></form>');
  return undefined;
});

// A token for the subject of another one, with the client as the actor. oidc-provider leaves this grant to others.
provider.registerGrantType(tokenExchange, async (ctx) => {
  const { client, params } = ctx.oidc;
  const { AccessToken, ResourceServer } = ctx.oidc.provider;
  if (params.subject_token_type !== 'urn:ietf:params:oauth:token-type:access_token') {
    throw new errors.InvalidRequest('this provider exchanges access tokens only');
  }
  const token = new AccessToken({
    client,
    accountId: subjectOf(params.subject_token),
    scope: params.scope,
  });
  token.resourceServer = new ResourceServer(params.audience, { ...api, audience: params.audience });
  ctx.body = {
    access_token: await token.save(),
    issued_token_type: params.subject_token_type,
    token_type: token.tokenType,
    expires_in: token.expiration,
    scope: token.scope,
  };
}, ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'scope']);

// newGrant lets somebody give a client all that this provider has.
async function newGrant(client, accountId) {
  const grant = new provider.Grant({ clientId: client.clientId, accountId });
  grant.addOIDCScope('openid profile email offline_access');
  grant.addResourceScope(audience, apiScopes);
  await grant.save();
  return grant;
}

// subjectOf reads an access token of this provider.
function subjectOf(token) {
  const [header, payload, signature] = token.split('.');
  if (!signature || !verify('sha256', `${header}.${payload}`, publicKey, Buffer.from(signature, 'base64url'))) {
    throw new errors.InvalidGrant('the subject token is not one of this provider');
  }
  return JSON.parse(Buffer.from(payload, 'base64url')).sub;
}

provider.on('server_error', (ctx, err) => console.error('server_error', err));
provider.on('grant.error', (ctx, err) => console.log('grant.error', ctx.oidc.params?.grant_type, err.error, err.error_description));
provider.on('userinfo.error', (ctx, err) => console.log('userinfo.error', err.error));
provider.on('pushed_authorization_request.success', (ctx, client) => {
  console.log('pushed by', client.clientId, ctx.oidc.params.dpop_jkt ? 'for a key' : 'for no key');
});
provider.on('pushed_authorization_request.error', (ctx, err) => console.log('pushed_authorization_request.error', err.error, err.error_description));
provider.on('refresh_token.destroyed', () => console.log('refresh_token.destroyed'));
provider.on('backchannel.success', (ctx, client) => console.log('backchannel.success', client.clientId));
provider.on('backchannel.error', (ctx, err, client) => console.error('backchannel.error', client.clientId, err));

const server = createServer(provider.callback());
server.listen(port, '127.0.0.1', () => console.log('ready'));
process.stdin.resume();
process.stdin.on('close', () => process.exit(0));

function page(title, body) {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`;
}

async function text(stream) {
  const chunks = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
