// The negative cases of newer protocols, first part: keys of clients, proofs, refreshes, M001 to M035.
import { tried, type Case } from './case.ts'

export const modernClients: readonly Case[] = [
  tried(
    'M001',
    'an assertion is for the issuer alone, or the token endpoint where that is registered',
    ['endpoints/private-key-jwt', 'M001: aud is the issuer alone'],
    [
      'endpoints/private-key-jwt',
      'M001: with assertion_audience, aud may be the token endpoint and nothing more',
    ],
  ),
  tried('M002', 'a client_id beside an assertion is its own', [
    'endpoints/private-key-jwt',
    'M002: a client_id beside it is that of the assertion',
  ]),
  tried(
    'M003',
    'an assertion and a second credential: 400',
    ['endpoints/private-key-jwt', 'M003: two assertions are 400'],
    ['endpoints/private-key-jwt', 'M003: %s beside it is a second method: 400'],
  ),
  tried('M004', 'an assertion suffices', [
    'endpoints/private-key-jwt',
    'M004: it suffices without a client_id',
  ]),
  tried('M005', 'nothing of an assertion is believed before its signature', [
    'endpoints/private-key-jwt',
    'M005: nothing in it is believed before its signature',
  ]),
  tried('M006', 'an algorithm by its exact name, over a key that fits', [
    'endpoints/private-key-jwt',
    'M006: only an algorithm of the list, by its exact name, over a key that fits',
  ]),
  tried(
    'M007',
    'one jti counts once across the endpoints',
    ['endpoints/private-key-jwt', 'M007: an assertion counts once across the endpoints'],
    ['endpoints/private-key-jwt', 'M007: a replayed assertion revokes nothing'],
    ['endpoints/private-key-jwt', 'M007: %s spends it'],
    ['endpoints/par', 'PA1: a client with keys authenticates by an assertion, which counts once'],
  ),
  tried('M008', 'two clients may use one jti', [
    'endpoints/private-key-jwt',
    'M008: two clients may use one jti',
  ]),
  tried(
    'M009',
    'a demand for a nonce spends no assertion',
    [
      'endpoints/private-key-jwt',
      'M009: a request for a nonce does not spend the assertion; its success does',
    ],
    [
      'openid/dpop',
      'M009: an assertion that was told to use a nonce comes again, and then no more',
    ],
  ),
  tried(
    'M010',
    'times that are no numbers, or too far: refused',
    [
      'endpoints/private-key-jwt',
      'M010: takes an iat that is 8 s ahead, and an hour from a clock that is half a minute ahead',
    ],
    ['endpoints/private-key-jwt', 'M010: refuses %s'],
    ['endpoints/private-key-jwt', 'M010: an iat 60 s ahead is taken, one of a second more is not'],
  ),
  tried(
    'M011',
    'keys that cannot be fetched: 503, and at once again once they can',
    ['endpoints/private-key-jwt', 'M011: so is a new key while the address fails'],
    ['endpoints/private-key-jwt', 'M011: an address that %s is 503, and works again at once'],
    [
      'federation/shared-reads',
      'M011: who waits for the read of a request that was broken off is told after four seconds',
    ],
    ['federation/shared-reads', 'M011: the read goes on where the request that began it does not'],
  ),
  tried('M012', 'a thousand unknown key ids: three requests', [
    'endpoints/private-key-jwt',
    'M012: a thousand unknown kids in a minute cost three requests',
  ]),
  tried(
    'M013',
    'private, shared, short and too many keys are not registered',
    ['endpoints/private-key-jwt', 'no private half, no shared secret, nothing short or unknown'],
    ['endpoints/private-key-jwt', 'not 201 of them, not none, and not in two places'],
    [
      'registration/register',
      'M013: keys that are private, shared, short, too many or in two places',
    ],
  ),
  tried('M014', 'of two keys with one id the one that fits counts', [
    'endpoints/private-key-jwt',
    'M014: of two keys with one kid the one that fits the algorithm is used',
  ]),
  tried('M015', 'nothing but a compact JWS without extensions', [
    'endpoints/private-key-jwt',
    'M015: only a compact JWS without extensions',
  ]),
  tried('M016', 'proofs that are doubled, empty, huge or deep: refused', [
    'endpoints/dpop',
    'M016, M020: %s: invalid_dpop_proof',
  ]),
  tried(
    'M017',
    'htu is compared as an address, and must be text',
    ['endpoints/dpop', 'M017: an htu that is %s: invalid_dpop_proof'],
    ['endpoints/dpop', 'M017: with %s it is the same address'],
  ),
  tried(
    'M018',
    'a proof is for our scheme and host, whatever headers say',
    ['endpoints/dpop', 'M018: a Host header of that name changes nothing'],
    ['endpoints/dpop', 'M018: with %s it is another'],
  ),
  tried(
    'M019',
    'weak, symmetric and private keys prove nothing',
    [
      'endpoints/dpop',
      'M019: an RSA key of 1024 bits that zeros fill up to 2048: invalid_dpop_proof',
    ],
    ['endpoints/dpop', 'M019: %s: invalid_dpop_proof'],
    ['endpoints/dpop', 'M019: a key that is sent along to check its own HMAC, and no signature'],
    ['endpoints/dpop', 'M019: a good signature of %s: invalid_dpop_proof'],
  ),
  tried('M020', 'a garbled proof is refused to who needs none, too', [
    'endpoints/dpop',
    'M016, M020: %s: invalid_dpop_proof',
  ]),
  tried(
    'M021',
    'one proof 50 times at once counts once',
    ['endpoints/dpop-userinfo', 'M021: one proof counts once'],
    ['races/dpop', 'client_credentials'],
    ['races/dpop', 'one code: one grant, which no loser revokes'],
    ['races/dpop', 'refresh of %s: the refresh token that it got works afterwards'],
    ['races/dpop', 'userinfo'],
  ),
  tried(
    'M022',
    'old, foreign and future nonces: another one is asked for',
    ['openid/dpop', 'M022: of an hour ago, of another server, of a future step: use_dpop_nonce'],
    ['openid/dpop', 'M022: a real one of a step that has not begun: use_dpop_nonce'],
    ['openid/dpop', 'M022: a number: invalid_dpop_proof'],
    ['openid/dpop', 'DP8: the proof that was told to use one has spent nothing'],
  ),
  tried('M023', 'a code that is bound to a key waits for that key', [
    'openid/dpop',
    'M023: another key, or none, neither redeems the code nor burns it',
  ]),
  tried(
    'M024',
    'a pushed key and a proof of another: refused',
    ['endpoints/par', 'M024: dpop_jkt and a proof of another key are invalid_request'],
    ['fapi/token', 'fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails: M024, at PAR'],
  ),
  tried(
    'M025',
    'a client that must prove a key gets nothing without, and loses nothing',
    [
      'dialects/korap',
      'M025: its client, which is registered for DPoP, gets nothing where no proof fits',
    ],
    [
      'openid/device',
      'M025: a client registered for DPoP gets nothing without a proof, and loses nothing',
    ],
    ['openid/dpop', 'M025: no code without a proof, and it is not burnt'],
    [
      'endpoints/token-exchange',
      'M025: a client registered for DPoP gets nothing without a proof, whatever it exchanges',
    ],
    ['openid/dpop', 'M025: no refresh, no client_credentials, no password without a proof'],
  ),
  tried('M026', 'a confidential client may change its key', [
    'endpoints/dpop',
    'M026: a confidential client may refresh with another key; the token names that',
  ]),
  tried(
    'M027',
    'a proof at userinfo fits its token and its key',
    [
      'endpoints/dpop-userinfo',
      'M027: no proof, no ath, the ath of another token: invalid_dpop_proof',
    ],
    ['endpoints/dpop-userinfo', 'M027: the key of another token: invalid_token'],
  ),
  tried('M028', 'an unbound token counts under no scheme of proofs', [
    'endpoints/dpop-userinfo',
    'M028: a token that is not bound, with a good proof: invalid_token',
  ]),
  tried(
    'M029',
    'a bound token is no bearer token anywhere',
    ['endpoints/dpop-userinfo', '%s: at userinfo'],
    ['dialects/cms', '%s signs nobody in'],
    ['dialects/turnstile', '%s ends nothing'],
    ['dialects/korap', '%s authorizes nothing'],
    ['dialects/traffic-ops', '%s is no cookie'],
    ['dialects/comic-clan', '%s is no credential'],
  ),
  tried(
    'M030',
    'a thumbprint that is none: refused; an empty one was not sent',
    ['openid/dpop', 'M030: an empty one was not sent'],
    ['openid/dpop', 'M030: %s: invalid_request'],
  ),
  tried(
    'M031',
    '50 refreshes of a bound grant: one refresh token',
    [
      'endpoints/refresh-shared',
      'M031: 50 parallel refreshes of a bound grant all get the same refresh token',
    ],
    ['endpoints/refresh-shared', 'M031: of a confidential client without rotation, the same'],
  ),
  tried(
    'M032',
    'a refresh without its key, twenty times: nothing ends',
    [
      'endpoints/refresh-shared',
      'M032: without proof or with another key 20 times 400, nothing written, nothing revoked',
    ],
    ['endpoints/refresh-shared', 'M032: the wrong key does not learn what was granted'],
  ),
  tried(
    'M033',
    'a resource that was not granted: refused, nothing written',
    [
      'endpoints/refresh-shared',
      'M033: a resource that was not granted is invalid_target, then the same token without it works',
    ],
    [
      'endpoints/refresh-shared',
      'M033: the refusal, too, has waited for storage once and written nothing',
    ],
  ),
  tried('M034', 'a narrowed refresh narrows no grant', [
    'endpoints/refresh-shared',
    'M034: narrowed once, the grant is not: the next refresh has the full scope',
  ]),
  tried(
    'M035',
    'a fapi2 client refreshes with its assertion alone',
    ['endpoints/refresh-shared', 'M035: %s is invalid_client, and the grant is as it was'],
    [
      'fapi/token',
      'fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint: M035, nothing else authenticates',
    ],
  ),
]
