import { label } from './request-fields.ts'

/** Longest name in MLflow's registry (`registered_models.name`), in characters as Postgres counts them. */
const mostCharacters = 256

/** Texts count some characters twice. */
const mostUnits = 2 * mostCharacters

/** Name of a model or prompt: as long as MLflow keeps it, of printable characters, without blanks at its ends. */
export const registeredName = label(mostUnits)
  .refine(
    (text) => Array.from(text).length <= mostCharacters,
    `has more than ${mostCharacters} characters`,
  )
  .meta({ maxLength: mostCharacters })
