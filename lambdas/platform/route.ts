import type * as z from 'zod'

/** A request whose parts were checked against the schemas of its route. */
export interface Request<Query, Path, Body> {
  readonly query: Query
  readonly path: Path
  readonly body: Body
  /** ARN of the caller, from the request's signature. */
  readonly caller: string
}

/** What a route takes and answers: its schemas are what is checked, what is documented and what the types are made of. */
export interface RouteDefinition<
  Query extends z.ZodType = z.ZodType,
  Path extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST'
  /**
   * Path with parameters, such as `/ops/costs/units/{type}/{id}`. One at the end of the path may hold slashes, as ids
   * of claims do; others may not.
   */
  readonly path: string
  readonly summary: string
  readonly querySchema: Query
  readonly pathSchema?: Path
  readonly bodySchema?: Body
  readonly responseSchema: z.ZodType
  /** @default 200 */
  readonly successStatus?: number
  /** Other statuses of success with the same body, by what they mean; see {@link Reply}. @default none */
  readonly otherSuccesses?: Readonly<Record<number, string>>
  /** Refusals that only this route has, by status. @default none */
  readonly refusals?: Readonly<Record<number, string>>
}

/** A definition with what answers it, its types forgotten, to keep different ones in one list. */
export interface Route extends RouteDefinition {
  // oxlint-disable-next-line typescript/no-explicit-any -- the schemas of the route itself are the check
  readonly respond: (request: any) => Promise<unknown>
}

/** An answer with another status of success than the route's own. */
export class Reply {
  readonly status: number
  readonly body: unknown

  constructor(status: number, body: unknown) {
    this.status = status
    this.body = body
  }
}

/** Keeps the types of a route's schemas where it is defined. */
export function defineRoute<
  Query extends z.ZodType,
  Path extends z.ZodType,
  Body extends z.ZodType,
>(definition: RouteDefinition<Query, Path, Body>): RouteDefinition<Query, Path, Body> {
  return definition
}

/** Joins a definition and what answers it. */
export function route<Query extends z.ZodType, Path extends z.ZodType, Body extends z.ZodType>(
  definition: RouteDefinition<Query, Path, Body>,
  respond: (request: Request<z.output<Query>, z.output<Path>, z.output<Body>>) => Promise<unknown>,
): Route {
  return { ...definition, respond }
}
