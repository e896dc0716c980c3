// The negative cases of newer protocols, second part: resources, documents, agents, M036 to M060.
import { tried, type Case } from './case.ts'

export const modernResources: readonly Case[] = [
  tried(
    'M036',
    'one resource under many spellings has one audience',
    [
      'openid/resources',
      'M036: spelled anew at each request, a token has the spelling of the authorization',
    ],
    ['openid/resources', 'M036: of a registered resource it is always the registered spelling'],
  ),
  tried('M037', 'another path is another resource', [
    'openid/resources',
    'M037: another path is another resource, and asking for it does not use the code up',
  ]),
  tried(
    'M038',
    'fragments, relative addresses and thousands of resources: refused',
    [
      'openid/resources',
      'M038: an URN is a resource; one that is named twice, in two spellings, counts once',
    ],
    ['openid/resources', 'M038: 2,000 of them are 400'],
    ['openid/resources', 'M038: %s is refused at authorize and at token'],
  ),
  tried(
    'M039',
    'the scope of one resource is none at another',
    ['openid/resources', 'M039: the scope of one resource is narrowed away at another'],
    [
      'openid/resources',
      'M039: a token that is narrowed to one resource carries the names of that one',
    ],
    ['openid/resources', 'M039: where no name is left the code is not used up'],
  ),
  tried('M040', 'consent for one resource is none for another', [
    'openid/resources',
    'M040: a consent for one resource is none for another',
  ]),
  tried(
    'M041',
    'a closed or deleted resource ends what was granted for it',
    ['openid/resources', 'M041: D1 decides where an isolate still remembers the resource as open'],
    [
      'openid/resources',
      'M041: with RESOURCES=registered a deleted resource ends what was granted for it',
    ],
    [
      'openid/resources',
      'M041: a client may list any spelling of it; one whose list names others is refused',
    ],
    [
      'openid/resources',
      'M041: a refresh %s is refused once the resource is closed, and changes nothing',
    ],
  ),
  tried('M042', 'a document names its own address to the letter', [
    'federation/client-documents',
    'M042: is the client_id in the document, without %s',
  ]),
  tried(
    'M043',
    'odd addresses of documents: refused, nothing fetched',
    ['federation/client-documents', 'M043: is none of this server'],
    ['federation/client-documents', 'M043: with %s is refused, and no request goes out'],
    ['protocol/document-address', 'M043: cannot be %j'],
  ),
  tried('M044', 'broken documents: a page, and nothing is kept', [
    'federation/client-documents',
    'M044: %s is an error page, is not kept, and works once it is right',
  ]),
  tried('M045', 'secrets and private keys in a document: refused', [
    'federation/client-documents',
    'M045, CM3: has %s',
  ]),
  tried(
    'M046',
    'a document that lists two methods: known by either, not by a bad assertion',
    ['openid/client-documents', 'is known without an assertion'],
    ['openid/client-documents', 'is known by an assertion'],
    ['openid/client-documents', 'is not known by an assertion that is %s'],
  ),
  tried('M047', 'redirects that change end the code', [
    'openid/client-documents',
    'M047: ends the code that was issued for what it said before',
  ]),
  tried('M048', 'a document nobody has agreed to is unknown, and not fetched', [
    'openid/client-documents',
    'M048: is unknown at token, revoke and introspect until then, and no request goes out',
  ]),
  tried(
    'M049',
    'strangers cause 30 fetches a minute and host, and no row',
    [
      'federation/client-documents',
      'M049: cause at most 30 fetches a minute and host, and no row at all',
    ],
    [
      'federation/client-documents',
      'M049: do not lock out an app of the same host that somebody has let in',
    ],
    ['federation/client-documents', 'M049: wait a minute for more'],
  ),
  tried('M050', 'a document gives itself no rights', [
    'openid/client-documents',
    'M050: gives itself nothing that is the operator’s to give',
  ]),
  tried('M051', 'a disabled document stays out', [
    'openid/client-documents',
    'M051: stays out once the operator disables it, and its tokens are dead',
  ]),
  tried(
    'M052',
    'any port of loopback, and nothing that looks like it',
    [
      'openid/agent-documents',
      'M052, AG26: Claude Code names no port and uses any; a person is warned, and asked each time',
    ],
    ['openid/agent-documents', 'M052: Claude Code does not send a person to %s'],
  ),
  tried(
    'M053',
    'redirects of three kinds are registered; a script among them refuses all',
    ['openid/agents', 'M053: is registered, and each address gets an answer'],
    ['openid/agents', 'M053: is refused with code among the addresses'],
    ['registration/register', 'M053: one redirect that runs a script refuses all of them'],
  ),
  tried('M054', 'a loopback address without a path takes a slash and no path', [
    'openid/agents',
    'M054: matches any port with a slash, and no path',
  ]),
  tried(
    'M055',
    'spaces too many are folded, a tab is not',
    ['openid/agents', 'M055: %s is granted'],
    ['openid/agents', '%s is invalid_scope at the redirect'],
  ),
  tried(
    'M056',
    'unknown scopes are left out; alone they are refused',
    ['openid/agents', 'M055: %s is granted'],
    ['openid/agents', '%s is invalid_scope at the redirect'],
  ),
  tried(
    'M057',
    'preflights allow the header of the protocol version',
    ['endpoints/cors', 'M057: %s allows the header mcp-protocol-version'],
    ['registration/agent-journeys', 'AG4, M057: a page may ask %s with the MCP version'],
  ),
  tried(
    'M058',
    'D1 is away: 503, never a word about the client',
    [
      'endpoints/jwt-bearer',
      'M058: a lost batch is 503, never a word about the scope, and the assertion is still good',
    ],
    [
      'openid/resources',
      'M058: where D1 does not tell about a resource, token and authorize are 503',
    ],
    [
      'registration/register',
      'at the token endpoint a registered client is not told that it is unknown',
    ],
    ['registration/register', '%s: 503 or the client, never an error of its'],
  ),
  tried('M059', 'foreign grants and members are left out', [
    'registration/register',
    'M059: unknown members and foreign grant types are left out, response_types may be empty',
  ]),
  tried('M060', 'no metadata under a path: 404 in JSON', [
    'openid/agents',
    'M060: %s is 404 in JSON',
  ]),
]
