namespace RustFs.S3.Lifecycle;

/// <summary>What AWS answers to lifecycle configurations that cannot be, in its own words where these are known.</summary>
internal static class LifecycleErrors
{
    public static readonly S3Error NoConfiguration = new("NoSuchLifecycleConfiguration", 404,
        "The lifecycle configuration does not exist");

    public static readonly S3Error NoRule = Invalid("At least one lifecycle rule must be specified.");

    public static readonly S3Error TooManyRules = Invalid("The number of lifecycle rules must not exceed the allowed limit of 1000 rules.");

    public static readonly S3Error TooLong = Invalid("The lifecycle configuration takes more than 1 MiB. Use fewer or shorter rules.");

    public static readonly S3Error NoAction = Invalid("At least one action needs to be specified in a rule");

    public static readonly S3Error LongId = Argument("ID length should not exceed allowed limit of 255", "ID");

    public static readonly S3Error SameId = Argument("Rule ID must be unique. Found same ID for more than one rule", "ID");

    public static readonly S3Error LongPrefix = Invalid("The maximum size of a prefix is 1024.");

    public static readonly S3Error FilterAmongPrefixes = Invalid("Filter element can only be used in Lifecycle V2.");

    public static readonly S3Error PrefixAmongFilters = Invalid(
        "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.");

    public static readonly S3Error NewerVersionsWithPrefix = Invalid(
        "NewerNoncurrentVersions element can only be used in Lifecycle V2.");

    public static readonly S3Error SameTagKey = Invalid("Duplicate Tag Keys are not allowed.");

    public static readonly S3Error SizesContradict = Invalid(
        "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");

    public static readonly S3Error NotMidnight = Argument("'Date' must be at midnight GMT", "Date");

    /// <summary>There is one store, so that no object could go to another class.</summary>
    public static readonly S3Error Transition = S3Errors.NotImplemented with
    {
        Message = "Transitions to other storage classes are not implemented: this server stores all objects alike. "
            + "Leave out Transition and NoncurrentVersionTransition.",
    };

    public static S3Error NotPositive(string element, string action) =>
        Argument($"'{element}' for {action} action must be a positive integer", element);

    public static S3Error SizeOutOfRange(string element, int minBytes) =>
        Invalid($"'{element}' should be between {minBytes} and {LifecycleRuleReader.MaxSizeBytes}.");

    public static S3Error NotWithTags(string action) => Invalid($"{action} cannot be specified with Tags.");

    public static S3Error NotWithSizes(string action) => Invalid($"{action} cannot be specified with Object Size.");

    public static S3Error Overlap(string prefix, string other, string action) =>
        Invalid($"Found overlapping prefixes '{prefix}' and '{other}' for same action type '{action}'");

    public static S3Error UnknownMinimumSize(string value) => Invalid($"Invalid TransitionDefaultMinimumObjectSize found: {value}");

    private static S3Error Invalid(string message) => S3Errors.InvalidRequest with { Message = message };

    private static S3Error Argument(string message, string name) =>
        S3Errors.InvalidArgument with { Message = message, Details = [("ArgumentName", name)] };
}
