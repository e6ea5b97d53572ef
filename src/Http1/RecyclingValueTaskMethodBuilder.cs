using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace RustFs.Http1;

/// <summary>
/// Builds async methods that return <see cref="ValueTask{TResult}"/> without allocating, however many of them wait at once. The
/// platform's own pooling builder keeps one frame a thread and one a core; a request that starts on one thread and ends on another,
/// beside hundreds of others, misses both each time. Use:
/// <c>[AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder&lt;&gt;))]</c>, on methods whose result is awaited exactly once.
/// The execution context does not flow: no hot path here uses async locals.
/// </summary>
public struct RecyclingValueTaskMethodBuilder<TResult>
{
    private Frame? _frame;
    private TResult? _result;
    private Exception? _exception;

    public static RecyclingValueTaskMethodBuilder<TResult> Create() => default;

    /// <summary>What the caller awaits: the result itself when the method never had to wait.</summary>
    public readonly ValueTask<TResult> Task
    {
        get
        {
            if (_frame is not null)
                return new ValueTask<TResult>(_frame, _frame.Version);
            return _exception is null ? new ValueTask<TResult>(_result!) : ValueTask.FromException<TResult>(_exception);
        }
    }

    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => default(AsyncValueTaskMethodBuilder<TResult>).Start(ref stateMachine);

    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
        // Called by no compiler since frames are classes of their own.
    }

    public void SetResult(TResult result)
    {
        if (_frame is null)
            _result = result;
        else
            _frame.SetResult(result);
    }

    public void SetException(Exception exception)
    {
        if (_frame is null)
            _exception = exception;
        else
            _frame.SetException(exception);
    }

    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine => awaiter.OnCompleted(FrameOf(ref stateMachine).MoveNextAction);

    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine => awaiter.UnsafeOnCompleted(FrameOf(ref stateMachine).MoveNextAction);

    private Frame<TStateMachine> FrameOf<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine
    {
        if (_frame is not null)
            return (Frame<TStateMachine>)_frame;
        // The order matters: this builder is a field of the state machine, so the copy must already know its frame.
        Frame<TStateMachine> frame = Frame<TStateMachine>.Rent();
        _frame = frame;
        frame.StateMachine = stateMachine;
        return frame;
    }

    private abstract class Frame : IValueTaskSource<TResult>
    {
        private ManualResetValueTaskSourceCore<TResult> _outcome;

        public short Version => _outcome.Version;

        public void SetResult(TResult result) => _outcome.SetResult(result);

        public void SetException(Exception exception) => _outcome.SetException(exception);

        public TResult GetResult(short token)
        {
            try
            {
                return _outcome.GetResult(token);
            }
            finally
            {
                _outcome.Reset();
                Recycle();
            }
        }

        public ValueTaskSourceStatus GetStatus(short token) => _outcome.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _outcome.OnCompleted(continuation, state, token, flags);

        protected abstract void Recycle();
    }

    private sealed class Frame<TStateMachine> : Frame
        where TStateMachine : IAsyncStateMachine
    {
        // As many requests as may be under way on a busy server; what is beyond is left to the collector.
        private const int Capacity = 1024;

        private static readonly Lock Gate = new();
        private static readonly Frame<TStateMachine>[] Idle = new Frame<TStateMachine>[Capacity];
        private static int _idleCount;

        public TStateMachine? StateMachine;

        private Frame() => MoveNextAction = () => StateMachine!.MoveNext();

        public Action MoveNextAction { get; }

        public static Frame<TStateMachine> Rent()
        {
            lock (Gate)
            {
                if (_idleCount > 0)
                    return Idle[--_idleCount];
            }

            return new Frame<TStateMachine>();
        }

        protected override void Recycle()
        {
            StateMachine = default;
            lock (Gate)
            {
                if (_idleCount < Capacity)
                    Idle[_idleCount++] = this;
            }
        }
    }
}
