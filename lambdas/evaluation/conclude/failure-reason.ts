import * as z from 'zod'

/** Most characters of a reason. */
const longest = 500

/** What Lambda says of an error that a function threw. */
const lambdaCause = z.object({ errorMessage: z.string(), errorType: z.string().default('') })

/** Errors of programs, whose texts say nothing to who reads the evaluation, and those of AWS's own services. */
const internalErrors =
  /^(?:Type|Reference|Syntax|Range|Zod|Assertion|Aggregate|URI)Error$|^AccessDenied|Exception$|^Runtime\.(?:ExitError|OutOfMemory|Unknown|ImportModuleError)|^Lambda\.|^States\.(?!Timeout|TaskFailed|ALL)/

/**
 * Why a step failed, in one line that a user may read: the message of the function's error without stack trace, request
 * id or anything else from inside.
 * @param error Step Functions' `Error`, such as `States.Timeout` or the name of a thrown error
 * @param cause Step Functions' `Cause`: mostly JSON of Lambda's `{ errorMessage, errorType, trace }`
 */
export function reasonOf(error: string, cause: string): string {
  const { errorType, message } = thrownBy(error, cause)
  if (/Timeout|Timedout/i.test(errorType) || /\btimed out after\b/i.test(message)) {
    return 'A step took longer than it may take.'
  }
  if (internalErrors.test(errorType) || message === '') {
    return `A step failed inside the platform${errorType === '' ? '' : ` (${errorType.slice(0, 80)})`}; the cause is in the log of its function.`
  }
  return trimReason(message)
}

/** A text as a reason: one line, no stack trace, of bearable length. */
export function trimReason(text: string): string {
  const line = text
    .replace(/\n\s*at [\s\S]*$/u, '')
    .replace(/^RequestId: [0-9a-f-]+ (?:Error: )?/iu, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return (line.length <= longest ? line : `${line.slice(0, longest - 1)}…`).toWellFormed()
}

function thrownBy(error: string, cause: string): { errorType: string; message: string } {
  try {
    const { errorMessage, errorType } = lambdaCause.parse(JSON.parse(cause))
    return { errorType: errorType || error, message: errorMessage }
  } catch {
    // The text of a Fail state, or of Step Functions itself; or JSON of Lambda's that was cut off.
    const message = cause.trimStart().startsWith('{') ? messageIn(cause) : cause
    return { errorType: error, message }
  }
}

/** The message in JSON of Lambda's without its end; empty where even the message has none. */
function messageIn(cause: string): string {
  const [, text] = /"errorMessage"\s*:\s*("(?:[^"\\]|\\.)*")/u.exec(cause) ?? []
  return text === undefined ? '' : String(JSON.parse(text))
}
