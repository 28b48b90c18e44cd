/**
 * The folder of MLflow's paths for functions that stand between it and clients: what they send on must not come back to
 * themselves. The policies of clients do not open it.
 */
export const internalFolder = '/_mlflow'
