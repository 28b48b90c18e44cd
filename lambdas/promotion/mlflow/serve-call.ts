import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { DatabaseNotReady } from '../../platform/data-api.ts'
import { MlflowError, type PassToMlflow, type RawAnswer } from '../../platform/mlflow.ts'
import type { HttpEvent } from '../../platform/request.ts'
import { findGuarded, type Guarded } from '../guarded.ts'
import { type GatePorts, MoveRefused } from '../ports.ts'
import { type Outcome, promote, type PromotionRequest } from '../promote.ts'
import {
  errorAnswer,
  jsonAnswer,
  refusalAnswer,
  removalAnswer,
  renameAnswer,
  unchangedAnswer,
} from './answers.ts'
import { movingCallOf } from './guarded-routes.ts'
import { readCall, type RegistryWish } from './read-call.ts'

type Answer = APIGatewayProxyStructuredResultV2

/** What the gate's routes of MLflow's API need from outside. */
export interface MlflowRoutes {
  readonly ports: GatePorts
  /** MLflow behind the gate, one attempt a call. */
  readonly pass: PassToMlflow
  /** Told of what went wrong here. */
  readonly fail: (message: string, error: unknown) => void
}

/** Headers of a client that MLflow acts on; its own check of `origin` is as good behind the gate as before it. */
const passedHeaders = ['content-type', 'origin', 'x-mlflow-workspace'] as const

/** Statuses with which a gateway, and MLflow itself, say that it cannot answer now. */
const away = new Set([0, 502, 503, 504])

/**
 * Answers a call of MLflow's registry that moves or removes. What would change production of a guarded name is decided
 * here; everything else is MLflow's. The matched route and the body say what is asked: a path has many spellings.
 */
export async function serveCall(event: HttpEvent, routes: MlflowRoutes): Promise<Answer> {
  const call = movingCallOf(event.routeKey)
  if (call === undefined) {
    return errorAnswer('INTERNAL_ERROR', `The gate does not know the route ${event.routeKey}.`)
  }
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
  try {
    const wish = readCall(call, body)
    const answer = wish && (await serveWish(wish, callerOf(event), routes))
    return answer ?? (await passOn(event, body, routes))
  } catch (error) {
    return failureAnswer(error, routes)
  }
}

/** The answer of the gate; `undefined` where the call is MLflow's to answer. */
async function serveWish(
  wish: RegistryWish,
  caller: string | undefined,
  routes: MlflowRoutes,
): Promise<Answer | undefined> {
  const { workloads, ledger } = routes.ports
  const guarded = findGuarded(workloads, wish.name)
  if (wish.kind === 'rename') {
    const guardedName = guarded?.name ?? findGuarded(workloads, wish.newName)?.name
    if (guardedName === undefined) return undefined
    const production = await ledger.productionVersion(wish.name)
    return production === null
      ? undefined
      : renameAnswer(wish.name, wish.newName, production, guardedName)
  }
  if (guarded === undefined) return undefined
  if (wish.kind === 'promote') return servePromotion(wish, guarded, caller, routes)
  const production = await ledger.productionVersion(wish.name)
  const isMeant = production !== null && (wish.version === undefined || wish.version === production)
  return isMeant ? removalAnswer(guarded, production, wish.what) : undefined
}

async function servePromotion(
  wish: Extract<RegistryWish, { kind: 'promote' }>,
  guarded: Guarded,
  caller: string | undefined,
  routes: MlflowRoutes,
): Promise<Answer | undefined> {
  if (caller === undefined) {
    return errorAnswer('PERMISSION_DENIED', 'The request does not say who asks: sign it with IAM.')
  }
  const request: PromotionRequest = {
    guarded,
    version: wish.version,
    requester: caller,
    // MLflow's calls have no place for one.
    reason: '',
  }
  const outcome: Outcome = await promote(request, routes.ports)
  switch (outcome.kind) {
    // MLflow says so in its own words.
    case 'unknown version':
      return undefined
    case 'refused':
      return refusalAnswer(guarded, wish.version, outcome.decision.conditions, outcome.entry)
    case 'overtaken':
      return errorAnswer(
        'RESOURCE_CONFLICT',
        `production of ${wish.name} moved to ${outcome.now === null ? 'nothing' : `version ${outcome.now}`} while this was decided. Look at what is there now, and ask again.`,
      )
    case 'unchanged':
    case 'promoted':
      return wish.by === 'alias' ? jsonAnswer(200, {}) : readBack(wish, routes)
    case 'dry run':
      throw new Error('A call of MLflow is never a dry run.')
    default:
      return outcome satisfies never
  }
}

/** The version as MLflow shows it, which is what a transition answers. */
async function readBack(
  { name, version }: { readonly name: string; readonly version: number },
  routes: MlflowRoutes,
): Promise<Answer> {
  const query = new URLSearchParams({ name, version: String(version) })
  return fromMlflow(() =>
    routes.pass(
      'GET',
      `/api/2.0/mlflow/model-versions/get?${query.toString()}`,
      Buffer.alloc(0),
      {},
    ),
  )
}

async function passOn(event: HttpEvent, body: Buffer, routes: MlflowRoutes): Promise<Answer> {
  const [method = '', path = ''] = event.routeKey.split(' ')
  const headers: Record<string, string> = {}
  for (const name of passedHeaders) {
    const value = event.headers[name]
    if (value !== undefined) headers[name] = value
  }
  return fromMlflow(() => routes.pass(method, path, body, headers))
}

async function fromMlflow(ask: () => Promise<RawAnswer>): Promise<Answer> {
  let answer: RawAnswer
  try {
    answer = await ask()
  } catch (error) {
    throw new MlflowError('MLflow did not answer.', 0, '', { cause: error })
  }
  // A gateway's own error: clients of MLflow could not read it.
  if (away.has(answer.status) && !isMlflowError(answer.body)) {
    throw new MlflowError('MLflow did not answer.', answer.status, '')
  }
  return unchangedAnswer(answer)
}

function isMlflowError(body: Buffer): boolean {
  try {
    const values: unknown = JSON.parse(body.toString('utf8'))
    return typeof values === 'object' && values !== null && 'error_code' in values
  } catch {
    return false
  }
}

function failureAnswer(error: unknown, routes: MlflowRoutes): Answer {
  if (error instanceof DatabaseNotReady) {
    return errorAnswer('TEMPORARILY_UNAVAILABLE', error.message)
  }
  if (error instanceof MoveRefused) return errorAnswer('INVALID_PARAMETER_VALUE', error.message)
  if (error instanceof MlflowError) {
    if (away.has(error.status)) {
      routes.fail('MLflow is away', error)
      return errorAnswer(
        'TEMPORARILY_UNAVAILABLE',
        'MLflow does not answer at the moment. Try again in half a minute.',
      )
    }
    if (error.code !== '' && error.status >= 400 && error.status < 500) {
      return jsonAnswer(error.status, { error_code: error.code, message: error.message })
    }
  }
  routes.fail('request failed', error)
  return errorAnswer(
    'INTERNAL_ERROR',
    'The request could not be answered. The cause is in the log of this function.',
  )
}

/** Who asks, by the request's signature. */
function callerOf(event: HttpEvent): string | undefined {
  return event.requestContext.authorizer?.iam?.userArn
}
