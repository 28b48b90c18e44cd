import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { environmentVariable } from './environment.ts'
import { internalFolder } from './internal-folder.ts'
import { connectMlflow, type Mlflow, type MlflowOptions } from './mlflow.ts'

/** Where the deployment has MLflow behind its front door, and as whom this function calls it. */
function deployed(folder: string): MlflowOptions {
  return {
    url: `${environmentVariable('FRONT_DOOR_URL')}${folder}`,
    region: environmentVariable('AWS_REGION'),
    credentials: defaultProvider(),
  }
}

/** The deployed MLflow, as clients reach it. @param patience as of {@link MlflowOptions} */
export function deployedMlflow(patience?: number): Mlflow {
  return connectMlflow({ ...deployed(''), patience })
}

/** The deployed MLflow by the route that leads past the gate, for functions that are the gate. */
export function mlflowPastTheGate(): MlflowOptions {
  return deployed(internalFolder)
}
