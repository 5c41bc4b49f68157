"""The names that the SDK offers, for a hint to whoever wrote one without its package."""

from __future__ import annotations

__all__ = ["PROXYWASM", "TYPES"]

# A test holds both against the SDK's own source.
PROXYWASM = frozenset(
    """
    AddHttpRequestHeader AddHttpRequestTrailer AddHttpResponseHeader AddHttpResponseTrailer
    AppendDownstreamData AppendHttpRequestBody AppendHttpResponseBody AppendUpstreamData
    CallForeignFunction CloseDownstream CloseUpstream ContinueTcpStream DefineCounterMetric
    DefineGaugeMetric DefineHistogramMetric DequeueSharedQueue DispatchHttpCall
    EnqueueSharedQueue GetDownstreamData GetHttpCallResponseBody GetHttpCallResponseHeaders
    GetHttpCallResponseTrailers GetHttpRequestBody GetHttpRequestHeader
    GetHttpRequestHeaders GetHttpRequestTrailer GetHttpRequestTrailers GetHttpResponseBody
    GetHttpResponseHeader GetHttpResponseHeaders GetHttpResponseTrailer
    GetHttpResponseTrailers GetPluginConfiguration GetProperty GetPropertyMap GetSharedData
    GetUpstreamData GetVMConfiguration LogCritical LogCriticalf LogDebug LogDebugf LogError
    LogErrorf LogInfo LogInfof LogTrace LogTracef LogWarn LogWarnf MetricCounter MetricGauge
    MetricHistogram PluginDone PrependDownstreamData PrependHttpRequestBody
    PrependHttpResponseBody PrependUpstreamData RegisterSharedQueue RemoveHttpRequestHeader
    RemoveHttpRequestTrailer RemoveHttpResponseHeader RemoveHttpResponseTrailer
    ReplaceDownstreamData ReplaceHttpRequestBody ReplaceHttpRequestHeader
    ReplaceHttpRequestHeaders ReplaceHttpRequestTrailer ReplaceHttpRequestTrailers
    ReplaceHttpResponseBody ReplaceHttpResponseHeader ReplaceHttpResponseHeaders
    ReplaceHttpResponseTrailer ReplaceHttpResponseTrailers ReplaceUpstreamData
    ResolveSharedQueue ResumeHttpRequest ResumeHttpResponse SendHttpResponse
    SetEffectiveContext SetHttpContext SetPluginContext SetProperty SetSharedData
    SetTcpContext SetTickPeriodMilliSeconds SetVMContext
    """.split()  # noqa: SIM905  # a list would be one name a line
)
TYPES = frozenset(
    """
    Action ActionContinue ActionPause DefaultHttpContext DefaultPluginContext
    DefaultTcpContext DefaultVMContext ErrorInternalFailure ErrorStatusBadArgument
    ErrorStatusCasMismatch ErrorStatusEmpty ErrorStatusNotFound ErrorUnimplemented
    HttpContext HttpContextFactory OnPluginStartStatus OnPluginStartStatusFailed
    OnPluginStartStatusOK OnVMStartStatus OnVMStartStatusFailed OnVMStartStatusOK PeerType
    PeerTypeLocal PeerTypeRemote PeerTypeUnknown PluginContext PluginContextFactory
    TcpContext TcpContextFactory VMContext
    """.split()  # noqa: SIM905  # a list would be one name a line
)
