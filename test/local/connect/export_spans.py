"""Exports spans as an application with OpenTelemetry does, configured by OTEL_* variables only."""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("test")
for number in range(100):
    with tracer.start_as_current_span(f"질문 {number}") as span:
        span.set_attribute("answer", "약관 " * 50)
if not provider.force_flush():
    raise SystemExit("The spans were not exported.")
provider.shutdown()
