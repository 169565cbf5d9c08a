/** The messages of open-inference.proto as @grpc/proto-loader gives and takes them. */

export interface TensorContents {
  readonly bool_contents?: readonly boolean[];
  readonly int_contents?: readonly number[];
  readonly int64_contents?: readonly number[];
  readonly uint_contents?: readonly number[];
  readonly uint64_contents?: readonly number[];
  readonly fp32_contents?: readonly number[];
  readonly fp64_contents?: readonly number[];
  readonly bytes_contents?: readonly Buffer[];
}

export interface InferParameter {
  readonly bool_param?: boolean;
  readonly int64_param?: number;
  readonly string_param?: string;
  readonly double_param?: number;
}

export type InferParameters = Readonly<Record<string, InferParameter>>;

export interface ModelRequest {
  readonly name: string;
  readonly version: string;
}

export interface ModelInferRequest {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly contents: TensorContents | null;
    readonly parameters: InferParameters;
  }[];
  readonly outputs: readonly { readonly name: string; readonly parameters: InferParameters }[];
  readonly raw_input_contents: readonly Buffer[];
}

export interface ModelInferResponse {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly parameters: InferParameters;
  readonly outputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly contents?: TensorContents;
  }[];
  readonly raw_output_contents: readonly Buffer[];
}

export interface ModelStreamInferResponse {
  /** Empty where the request was answered. */
  readonly error_message: string;
  readonly infer_response: ModelInferResponse;
}

export interface RepositoryIndexRequest {
  readonly ready: boolean;
}
