// The negative cases of newer protocols, third part: pushed and signed requests, devices, exchanges, M061 to M100.
import { tried, type Case } from './case.ts'

export const modernFlows: readonly Case[] = [
  tried(
    'M061',
    'a reference inside a pushed request: refused',
    ['endpoints/par', 'M061: a request_uri in the form is invalid_request'],
    ['openid/request-object', 'RFC 9101 6: what is no request object of the client'],
  ),
  tried('M062', 'what was opened in time goes on, and is opened no more', [
    'openid/par',
    'M062: what was opened in time goes on after it has expired, and is opened no more',
  ]),
  tried('M063', 'one pushed request in many browsers: one code', [
    'races/pushed-requests',
    'M063: of ${atOnce} browsers that all allow one pushed request, one gets a code',
  ]),
  tried(
    'M064',
    'the duty to push binds authorization requests alone',
    [
      'openid/edge-requests',
      'M064: goes on asking for codes of devices, which are no authorization requests',
    ],
    ['openid/par', 'M064: client_credentials and refresh are not touched'],
  ),
  tried('M065', 'a pushed request is judged at once', [
    'endpoints/par',
    'PA3, M065: %s is refused at once',
  ]),
  tried(
    'M066',
    'after the code no link begins it again',
    [
      'openid/par',
      'M066: back after the code, and a screen of another browser, offer nothing to start again',
    ],
    [
      'openid/par',
      'M066: the page leads to the app, whose address is known, in the language of the request',
    ],
  ),
  tried(
    'M067',
    'an object that is unsigned, foreign, for others or old: refused',
    ['openid/request-object', 'M067: an algorithm that differs from the registered one'],
    [
      'openid/request-object',
      'M067: client_id outside is missing, unknown or differs: a page, and no address',
    ],
    ['openid/request-object', 'M067: another client cannot push it'],
    ['openid/request-object', 'RFC 9101 6: what is no request object of the client'],
  ),
  tried(
    'M068',
    'assertions and request objects are not each other',
    ['openid/request-object', 'M068: a request object is no client assertion'],
    ['openid/request-object', 'RFC 9101 6: what is no request object of the client'],
  ),
  tried('M069', 'encrypted or nested objects: refused', [
    'openid/request-object',
    'RFC 9101 6: what is no request object of the client',
  ]),
  tried(
    'M070',
    'what stands beside an object does not count',
    [
      'openid/request-object',
      'M070: parameters beside the object are not used, nor are those that it lacks',
    ],
    ['openid/request-object', 'M070: what stands beside the object cannot complete it'],
  ),
  tried(
    'M071',
    'errors are signed as answers are',
    ['openid/jarm', 'M071: errors are signed, too'],
    ['openid/jarm', 'login_required'],
    ['openid/jarm', 'access_denied, after the person was asked'],
  ),
  tried(
    'M072',
    'introspection is signed for who asks for it, and tells no more',
    [
      'endpoints/introspect-signed',
      'M072, IN2: an unknown token and the token of another client are told alike',
    ],
    ['endpoints/introspect-signed', 'M072: Accept: %s'],
  ),
  tried(
    'M073',
    'details of an unknown shape or type: refused',
    ['openid/carried-details', 'M073: is refused what the client may not ask for'],
    ['openid/rich-authorization', 'M073: %s is refused at authorize and at token'],
    ['openid/rich-authorization', 'M073: %s is refused'],
  ),
  tried(
    'M074',
    'details are always shown, never remembered',
    [
      'openid/rich-authorization',
      'M074: shows title, summary and every other value, to the user of a trusted client, too',
    ],
    [
      'openid/rich-authorization',
      'M074: asks again for the very same details; prompt=none is consent_required',
    ],
  ),
  tried(
    'M075',
    'details are narrowed, never widened',
    ['openid/narrowed-details', 'M075: at the token endpoint; a refusal does not use the code up'],
    ['openid/narrowed-details', 'M075: at a refresh; a refusal leaves the grant as it is'],
  ),
  tried('M076', 'polls of another client slow nobody down', [
    'openid/device',
    'M076: polls of another client slow nobody down',
  ]),
  tried(
    'M077',
    'a device code gives tokens once',
    ['openid/device', 'M077: gives tokens once; a used code stays used'],
    ['races/device', 'M077: of 50 polls at once of a device that was allowed one gets tokens'],
  ),
  tried('M078', 'a page tells a stranger nothing of a user code', [
    'openid/device',
    'M078: tells nobody who is signed out whether a code is right',
  ]),
  tried(
    'M079',
    'decisions about a device at once: one counts',
    [
      'races/device',
      'of two users who allow one device at once, it belongs to one, who alone is told so',
    ],
    ['races/device', 'of Allow and Deny at once one is final: every answer says so'],
  ),
  tried('M080', 'what ended before the poll gets nothing', [
    'openid/device',
    'M080: nothing where, between the yes and the poll, %s',
  ]),
  tried('M081', 'devices of one address are limited', [
    'openid/device',
    'M081: of 100 requests of a public client in a minute, 20 make a row',
  ]),
  tried('M082', 'a subject token that is none: refused', [
    'endpoints/token-exchange',
    '%s is invalid_request',
  ]),
  tried('M083', 'an actor token and its type come together', [
    'endpoints/token-exchange',
    '%s is invalid_request',
  ]),
  tried(
    'M084',
    'whose token may be exchanged for what',
    ['endpoints/token-exchange', 'M084: another client’s token without a target is refused'],
    [
      'endpoints/token-exchange',
      'M084: another client’s token for a registered resource is accepted',
    ],
    [
      'endpoints/token-exchange',
      'M084: another client’s token, by a client of token_exchange “own”, is refused',
    ],
    [
      'endpoints/token-exchange',
      'M084: another client’s token that is meant for a third resource is refused',
    ],
  ),
  tried(
    'M085',
    'an exchanged token ends with what it stands on',
    ['endpoints/token-exchange', 'M085: of a machine’s token, that either client is disabled'],
    ['endpoints/token-exchange', 'M085: %s'],
  ),
  tried('M086', 'a bound subject token needs its key', [
    'endpoints/token-exchange',
    'M086: without a proof or with another key 400; never a bearer token',
  ]),
  tried(
    'M087',
    'five actors, and no other than may act',
    ['endpoints/token-exchange', 'M087: five actors are accepted, six are not'],
    [
      'endpoints/token-exchange',
      'M087: without an actor token may_act must name the client that asks',
    ],
    ['endpoints/token-exchange', 'a may_act that names %s: %j is %i'],
  ),
  tried(
    'M088',
    'a disabled provider, user or link: refused',
    ['endpoints/id-jag', 'M088: a disabled user and a link that ended count for nothing'],
    [
      'endpoints/id-jag',
      'M088: a provider that was disabled a moment ago counts nowhere, whatever an isolate remembers',
    ],
  ),
  tried('M089', 'a key of that provider alone, and no other kind of token', [
    'endpoints/id-jag',
    'M089: nothing but a key of that provider, and no other kind of token',
  ]),
  tried('M090', 'an identity assertion is for one client and this server', [
    'endpoints/id-jag',
    'M090: an ID-JAG is for its own client, confidential and listed, and for this server alone',
  ]),
  tried(
    'M091',
    'a bound identity assertion needs its key; scope has its bound',
    ['endpoints/id-jag', 'M091: a bound ID-JAG needs a proof of its key'],
    [
      'endpoints/id-jag',
      'M091: what the server does not know is refused, what is too much is narrowed',
    ],
  ),
  tried('M092', 'an equal address is no link', [
    'endpoints/id-jag',
    'M092: the same e-mail address is no link, and none is made',
  ]),
  tried('M093', 'a resource server refuses tokens that are not for it', [
    'kit/protect-resource',
    'M093: refuses a token %s',
  ]),
  tried('M094', 'too little scope: 403 with all that is needed', [
    'kit/protect-resource',
    'M094: too little scope is 403 and names all that the request needs',
  ]),
  tried('M095', 'a token from the header alone, and one', [
    'kit/protect-resource',
    'M095: reads no token from query or form, takes any case of the scheme and one header only',
  ]),
  tried(
    'M096',
    'a certificate that failed, ended or is only told of: refused',
    ['endpoints/mtls', 'M096: headers that tell of a certificate are not read'],
    ['endpoints/mtls', 'M096: a certificate %s: invalid_client'],
  ),
  tried('M097', 'a bound token without its certificate: refused', [
    'endpoints/mtls',
    'M097: userinfo without it, with another one and at the ordinary host: invalid_token',
  ]),
  tried(
    'M098',
    'a registration against the profile: refused by its member',
    ['fapi/registration', 'M098: %s is 400 and names %s'],
    ['fapi/registration', 'M098: %s is 400 for any client, and names the member'],
  ),
  tried(
    'M099',
    'a fapi2 client pushes, signs where it must, and gets no bearer token',
    [
      'fapi/token',
      'fapi2-security-profile-final-ensure-holder-of-key-required: M099, no token without a proof',
    ],
    ['fapi/authorize', 'ensure-unsigned-authorization-request-without-using-par-fails'],
    [
      'fapi/message-signing',
      'an object that was not pushed is refused, as all that was not pushed',
    ],
  ),
  tried('M100', 'a refresh leaves acr and auth_time', [
    'openid/step-up',
    'M100: a refresh after ten days leaves acr and auth_time as they were',
  ]),
]
