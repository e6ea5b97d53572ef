using RustFs.Http1;
using RustFs.S3.Forms;
using RustFs.S3.Locks;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.Signing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>POST /bucket with a form: an upload that a browser makes, allowed by the signed policy among the form's fields.</summary>
internal static class PostObject
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "PostObject",
        Method = RequestMethod.Post,
        Target = TargetKind.Bucket,
        Permission = "s3:PutObject",
        Body = BodyRule.Form,
        IsSignedInBody = true,
        SuccessStatus = 204,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using FormReader? form = Open(request, out S3Error? error);
        if (form is null)
            return error;
        var fields = new FormFields();
        error = await form.ReadFieldsAsync(fields).ConfigureAwait(false);
        if (error is not null)
            return error;
        fields.FillInFileName(form.FileName);
        error = Admit(request, fields, out FormPolicy policy)
            ?? request.Target.SetFormKey(fields.ValueOf("key"))
            ?? await form.OpenFileAsync(policy.MaxFileBytes).ConfigureAwait(false)
            ?? (form.IsFileLengthKnown ? CheckLength(form.FileBoundBytes, policy) : null);
        if (error is not null)
            return error;
        error = FormHead.Parse(fields, out RequestHead head);
        if (error is not null)
            return error;
        request.StandIn(head);
        try
        {
            return await StoreAsync(request, form, fields, policy).ConfigureAwait(false);
        }
        finally
        {
            request.StandIn(null);
        }
    }

    private static FormReader? Open(S3Request request, out S3Error? error)
    {
        ReadOnlySpan<byte> contentType = request.Header(KnownHeader.ContentType);
        error = FormErrors.NotAForm;
        if (!FormBoundary.IsForm(contentType))
            return null;
        error = FormErrors.Malformed;
        if (!FormBoundary.TryParse(contentType, out ReadOnlySpan<byte> boundary))
            return null;
        error = S3Errors.MissingContentLength;
        if (request.Body.LengthBytes is null)
            return null;
        var form = FormReader.TryOpen(request, boundary);
        error = form is null ? S3Errors.SlowDown : null;
        return form;
    }

    /// <summary>Whether whoever signed the policy may write here, and allows this form.</summary>
    private static S3Error? Admit(S3Request request, FormFields fields, out FormPolicy policy)
    {
        policy = null!;
        if (!fields.Has("key"))
            return FormErrors.Missing("key");
        if (!fields.TryGet("policy", out byte[]? policyText))
            return FormErrors.NoPolicy;
        if (fields.Has("AWSAccessKeyId") && !fields.Has("x-amz-algorithm"))
            return FormErrors.SignatureVersion2;
        foreach (string name in (string[])["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"])
        {
            if (!fields.Has(name))
                return FormErrors.Missing(name);
        }

        var claim = new PolicyClaim
        {
            Algorithm = fields.ValueOf("x-amz-algorithm"),
            Credential = fields.ValueOf("x-amz-credential"),
            Date = fields.ValueOf("x-amz-date"),
            Signature = fields.ValueOf("x-amz-signature"),
            Policy = policyText,
        };
        return request.Service.AdmitForm(request, claim)
            ?? FormPolicy.Parse(policyText, out policy)
            ?? policy.Check(fields, request.Target.Bucket, request.Service.Time.GetUtcNow());
    }

    private static S3Error? CheckLength(long lengthBytes, FormPolicy policy)
    {
        if (lengthBytes > policy.MaxFileBytes)
            return FormErrors.TooLarge(policy.MaxFileBytes);
        return lengthBytes < policy.MinFileBytes ? FormErrors.TooSmall(lengthBytes, policy.MinFileBytes) : null;
    }

    private static async ValueTask<S3Error?> StoreAsync(S3Request request, FormReader form, FormFields fields, FormPolicy policy)
    {
        using BodyReceiver receiver = BodyReceiver.Rent();
        int fieldsLength = 0;
        S3Error? error = RefusedHeaders.Check(request)
            ?? receiver.PrepareDigests(request)
            ?? ObjectHeaders.Encode(request, receiver.FieldsRoom, out fieldsLength)
            ?? receiver.PrepareEncryption(request, ref fieldsLength);
        var stored = new StoredFields(receiver.FieldsRoom.AsMemory(0, fieldsLength));
        error ??= LockHeaders.CheckDigest(request, stored, "Put Object")
            ?? await receiver.ReceiveAsync(request, form).ConfigureAwait(false)
            ?? CheckLength(form.FileBytes, policy);
        if (error is not null)
            return error;
        ObjectAttributes attributes = receiver.AttributesWith(stored);
        WriteResult result = await request.Store
            .PutObjectAsync(request.Bucket, request.Key, receiver.Writer, attributes, precondition: null).ConfigureAwait(false);
        if (result.Status != StoreStatus.Ok)
            return StoreErrors.Of(result.Status);
        request.StandIn(null);
        return await FormAnswer.SendAsync(request, fields, result, attributes).ConfigureAwait(false);
    }
}
