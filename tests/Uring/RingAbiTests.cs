using System.Runtime.InteropServices;
using RustFs.Tests.Clients;
using RustFs.Uring;
using Xunit;

namespace RustFs.Tests.Uring;

/// <summary>
/// Every size, offset and number of the kernel's interface: against what io_uring_enter(2), io_uring_setup(2), io_uring_register(2) and
/// linux/io_uring.h say, and against the header itself where a C compiler is there.
/// </summary>
public sealed class RingAbiTests
{
    /// <summary>Ours, the C expression, and its value. A name that older headers lack is compared where it is defined.</summary>
    private static readonly (string Expression, long Value, long Ours)[] Facts =
    [
        ("sizeof(struct io_uring_sqe)", 64, Marshal.SizeOf<Submission>()),
        ("offsetof(struct io_uring_sqe, opcode)", 0, Offset<Submission>(nameof(Submission.Opcode))),
        ("offsetof(struct io_uring_sqe, flags)", 1, Offset<Submission>(nameof(Submission.Flags))),
        ("offsetof(struct io_uring_sqe, ioprio)", 2, Offset<Submission>(nameof(Submission.SocketFlags))),
        ("offsetof(struct io_uring_sqe, fd)", 4, Offset<Submission>(nameof(Submission.Descriptor))),
        ("offsetof(struct io_uring_sqe, off)", 8, Offset<Submission>(nameof(Submission.Offset))),
        ("offsetof(struct io_uring_sqe, addr)", 16, Offset<Submission>(nameof(Submission.Address))),
        ("offsetof(struct io_uring_sqe, len)", 24, Offset<Submission>(nameof(Submission.LengthBytes))),
        ("offsetof(struct io_uring_sqe, msg_flags)", 28, Offset<Submission>(nameof(Submission.OperationFlags))),
        ("offsetof(struct io_uring_sqe, user_data)", 32, Offset<Submission>(nameof(Submission.UserData))),
        ("offsetof(struct io_uring_sqe, buf_group)", 40, Offset<Submission>(nameof(Submission.BufferGroup))),
        ("sizeof(struct io_uring_cqe)", 16, Marshal.SizeOf<Completion>()),
        ("offsetof(struct io_uring_cqe, res)", 8, Offset<Completion>(nameof(Completion.Result))),
        ("offsetof(struct io_uring_cqe, flags)", 12, Offset<Completion>(nameof(Completion.Flags))),
        ("sizeof(struct io_uring_params)", 120, Marshal.SizeOf<RingParameters>()),
        ("offsetof(struct io_uring_params, features)", 20, Offset<RingParameters>(nameof(RingParameters.Features))),
        ("offsetof(struct io_uring_params, sq_off)", 40, Offset<RingParameters>(nameof(RingParameters.SubmissionOffsets))),
        ("offsetof(struct io_uring_params, cq_off)", 80, Offset<RingParameters>(nameof(RingParameters.CompletionOffsets))),
        ("offsetof(struct io_sqring_offsets, array)", 24, Offset<SubmissionOffsets>(nameof(SubmissionOffsets.Array))),
        ("offsetof(struct io_cqring_offsets, cqes)", 20, Offset<CompletionOffsets>(nameof(CompletionOffsets.Completions))),
        ("sizeof(struct io_uring_getevents_arg)", 24, Marshal.SizeOf<WaitArguments>()),
        ("offsetof(struct io_uring_getevents_arg, ts)", 16, Offset<WaitArguments>(nameof(WaitArguments.TimeoutAddress))),
        ("sizeof(struct __kernel_timespec)", 16, Marshal.SizeOf<KernelTime>()),
        ("sizeof(struct io_uring_buf_reg)", 40, Marshal.SizeOf<BufferRegistration>()),
        ("offsetof(struct io_uring_buf_reg, ring_entries)", 8, Offset<BufferRegistration>(nameof(BufferRegistration.RingEntries))),
        ("offsetof(struct io_uring_buf_reg, bgid)", 12, Offset<BufferRegistration>(nameof(BufferRegistration.BufferGroup))),
        ("sizeof(struct io_uring_buf)", 16, Marshal.SizeOf<ProvidedBuffer>()),
        ("offsetof(struct io_uring_buf, len)", 8, Offset<ProvidedBuffer>(nameof(ProvidedBuffer.LengthBytes))),
        ("offsetof(struct io_uring_buf, bid)", 12, Offset<ProvidedBuffer>(nameof(ProvidedBuffer.BufferId))),
        ("offsetof(struct io_uring_buf_ring, tail)", 14, ProvidedBuffer.TailOffset),
        ("sizeof(struct iovec)", 16, Marshal.SizeOf<IoVector>()),
        ("offsetof(struct iovec, iov_len)", 8, Offset<IoVector>(nameof(IoVector.LengthBytes))),
        ("sizeof(struct msghdr)", 56, Marshal.SizeOf<MessageHeader>()),
        ("offsetof(struct msghdr, msg_iov)", 16, Offset<MessageHeader>(nameof(MessageHeader.Vectors))),
        ("offsetof(struct msghdr, msg_iovlen)", 24, Offset<MessageHeader>(nameof(MessageHeader.VectorCount))),
        ("IORING_OP_NOP", 0, (long)RingOpcode.Nop),
        ("IORING_OP_FSYNC", 3, (long)RingOpcode.Fsync),
        ("IORING_OP_SENDMSG", 9, (long)RingOpcode.SendMessage),
        ("IORING_OP_ACCEPT", 13, (long)RingOpcode.Accept),
        ("IORING_OP_ASYNC_CANCEL", 14, (long)RingOpcode.AsyncCancel),
        ("IORING_OP_READ", 22, (long)RingOpcode.Read),
        ("IORING_OP_WRITE", 23, (long)RingOpcode.Write),
        ("IORING_OP_SEND", 26, (long)RingOpcode.Send),
        ("IORING_OP_RECV", 27, (long)RingOpcode.Receive),
        ("IOSQE_BUFFER_SELECT", 32, (long)SubmissionFlags.BufferSelect),
        ("IORING_RECVSEND_POLL_FIRST", 1, (long)SocketFlags.PollFirst),
        ("IORING_ACCEPT_MULTISHOT", 1, (long)SocketFlags.AcceptMultishot),
        ("IORING_CQE_F_BUFFER", 1, (long)CompletionFlags.Buffer),
        ("IORING_CQE_F_MORE", 2, (long)CompletionFlags.More),
        ("IORING_CQE_BUFFER_SHIFT", 16, 16),
        ("IORING_SETUP_CQSIZE", 0x8, (long)SetupFlags.CompletionSize),
        ("IORING_SETUP_SUBMIT_ALL", 0x80, (long)SetupFlags.SubmitAll),
        ("IORING_SETUP_COOP_TASKRUN", 0x100, (long)SetupFlags.CooperativeTaskRun),
        ("IORING_SETUP_SINGLE_ISSUER", 0x1000, (long)SetupFlags.SingleIssuer),
        ("IORING_SETUP_DEFER_TASKRUN", 0x2000, (long)SetupFlags.DeferTaskRun),
        ("IORING_SETUP_NO_SQARRAY", 0x10000, (long)SetupFlags.NoSubmissionArray),
        ("IORING_FEAT_SINGLE_MMAP", 1, (long)RingFeatures.SingleMapping),
        ("IORING_FEAT_NODROP", 2, (long)RingFeatures.NoDrop),
        ("IORING_FEAT_EXT_ARG", 0x100, (long)RingFeatures.ExtendedArguments),
        ("IORING_ENTER_GETEVENTS", 1, (long)EnterFlags.GetEvents),
        ("IORING_ENTER_EXT_ARG", 8, (long)EnterFlags.ExtendedArguments),
        ("IORING_REGISTER_PBUF_RING", 22, (long)RegisterOpcode.BufferRing),
        ("IORING_ASYNC_CANCEL_ALL", 1, (long)CancelFlags.All),
        ("IORING_ASYNC_CANCEL_ANY", 4, (long)CancelFlags.Any),
        ("__NR_io_uring_setup", 425, RingCalls.SetupNumber),
        ("__NR_io_uring_enter", 426, RingCalls.EnterNumber),
        ("__NR_io_uring_register", 427, RingCalls.RegisterNumber),
        ("EFD_CLOEXEC", 0x80000, RingCalls.EventCloseOnExec),
        ("ENOBUFS", 105, ErrorNumber.ENOBUFS),
        ("ECANCELED", 125, ErrorNumber.ECANCELED),
        ("ETIME", 62, ErrorNumber.ETIME),
        ("ENOSYS", 38, ErrorNumber.ENOSYS),
    ];

    /// <summary>Enumerators are no macros: #ifdef would not see those that every supported header has.</summary>
    private static readonly string[] MayBeMissing = ["IORING_SETUP_NO_SQARRAY", "IORING_SETUP_SINGLE_ISSUER", "IORING_SETUP_DEFER_TASKRUN"];

    [Fact]
    public void Sizes_offsets_and_numbers_are_the_documented_ones() =>
        Assert.All(Facts, fact => Assert.True(fact.Value == fact.Ours, $"{fact.Expression} is {fact.Value}, not {fact.Ours}"));

    [FactWithCompiler]
    public async Task Sizes_offsets_and_numbers_are_those_of_the_kernels_header()
    {
        using var folder = new TemporaryFolder();
        string source = folder.File("abi.c");
        string program = folder.File("abi");
        string[] headers =
            ["stdio.h", "stddef.h", "errno.h", "sys/socket.h", "sys/uio.h", "sys/eventfd.h", "sys/syscall.h", "linux/io_uring.h"];
        string[] lines =
            [.. headers.Select(header => $"#include <{header}>"), "int main(void) {", .. Facts.SelectMany(Print), "return 0; }"];
        await File.WriteAllLinesAsync(source, lines);
        (await ClientProgram.RunAsync(FactWithCompilerAttribute.Compiler, [source, "-o", program])).Succeeded();
        ClientRun run = (await ClientProgram.RunAsync(program, [])).Succeeded();

        Dictionary<string, long> values = run.Lines.Where(line => line.Contains('='))
            .ToDictionary(line => line[..line.IndexOf('=')], line => long.Parse(line[(line.IndexOf('=') + 1)..]));
        Assert.True(values.Count >= Facts.Length - MayBeMissing.Length);
        Assert.All(Facts.Where(fact => values.ContainsKey(fact.Expression)), fact => Assert.Equal(values[fact.Expression], fact.Value));
    }

    private static IEnumerable<string> Print((string Expression, long Value, long Ours) fact)
    {
        string print = $"printf(\"{fact.Expression}=%lld\\n\", (long long)({fact.Expression}));";
        return MayBeMissing.Contains(fact.Expression) ? [$"#ifdef {fact.Expression}", print, "#endif"] : [print];
    }

    private static long Offset<T>(string field) => Marshal.OffsetOf<T>(field);
}

/// <summary>Skipped where there is no C compiler.</summary>
public sealed class FactWithCompilerAttribute : FactAttribute
{
    public const string Compiler = "/usr/bin/gcc";

    public FactWithCompilerAttribute()
    {
        if (!File.Exists(Compiler) || !File.Exists("/usr/include/linux/io_uring.h"))
            Skip = "there is no gcc, or no header of the kernel";
    }
}
