// The list of dialects. To delete one, delete its folder, its tests and its name here.
import { cms } from './cms/dialect.ts'
import { comicClan } from './comic-clan/dialect.ts'
import type { Dialect } from './dialect.ts'
import { korap } from './korap/dialect.ts'
import { trafficOps } from './traffic-ops/dialect.ts'
import { turnstile } from './turnstile/dialect.ts'

export const dialects: readonly Dialect[] = [turnstile, trafficOps, comicClan, cms, korap]
