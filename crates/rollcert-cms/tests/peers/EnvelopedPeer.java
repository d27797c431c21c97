import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.GCMParameters;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSCompressedData;
import org.bouncycastle.cms.CMSCompressedDataGenerator;
import org.bouncycastle.cms.CMSCompressedDataStreamGenerator;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedDataStreamGenerator;
import org.bouncycastle.cms.CMSEnvelopedGenerator;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.KeyAgreeRecipientId;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.RecipientInformationStore;
import org.bouncycastle.cms.RecipientOperator;
import org.bouncycastle.cms.SimpleAttributeTableGenerator;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientId;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientId;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.ZlibCompressor;
import org.bouncycastle.cms.jcajce.ZlibExpanderProvider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.InputAEADDecryptor;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;

/**
 * Encrypts, opens, compresses and inflates as the lines of jobs.txt in a folder say, over content.bin there:
 *
 * <pre>
 * envelop FILE CIPHER OPTIONS RECIPIENT...   OPTIONS: "plain", or stream, ski, attributes, ukm with "+" between
 *                                            RECIPIENT: NAME:ktri, NAME:oaep:DIGEST:MASK, NAME:kari:DIGEST:WRAP
 * open FILE NAME
 * compress FILE plain|stream
 * inflate FILE
 * </pre>
 *
 * Names stand for NAME.cert.der and NAME.key.der. Prints one line for each job.
 */
final class EnvelopedPeer {
    private static final String PROVIDER = "BC";

    private static final Map<String, ASN1ObjectIdentifier> CIPHERS = Map.of(
        "AES-128-CBC", CMSAlgorithm.AES128_CBC,
        "AES-192-CBC", CMSAlgorithm.AES192_CBC,
        "AES-256-CBC", CMSAlgorithm.AES256_CBC,
        "3DES-CBC", CMSAlgorithm.DES_EDE3_CBC,
        "RC2-CBC", CMSAlgorithm.RC2_CBC,
        "AES-128-GCM", CMSAlgorithm.AES128_GCM,
        "AES-192-GCM", CMSAlgorithm.AES192_GCM,
        "AES-256-GCM", CMSAlgorithm.AES256_GCM);

    private static final Map<String, ASN1ObjectIdentifier> AGREEMENTS = Map.of(
        "sha-1", CMSAlgorithm.ECDH_SHA1KDF,
        "sha-224", CMSAlgorithm.ECDH_SHA224KDF,
        "sha-256", CMSAlgorithm.ECDH_SHA256KDF,
        "sha-384", CMSAlgorithm.ECDH_SHA384KDF,
        "sha-512", CMSAlgorithm.ECDH_SHA512KDF);

    private static final Map<String, ASN1ObjectIdentifier> WRAPS = Map.of(
        "AES-128-KW", CMSAlgorithm.AES128_WRAP,
        "AES-192-KW", CMSAlgorithm.AES192_WRAP,
        "AES-256-KW", CMSAlgorithm.AES256_WRAP);

    private static Path folder;
    private static byte[] content;

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        folder = Path.of(arguments[0]);
        content = Files.readAllBytes(folder.resolve("content.bin"));
        for (String line : Files.readAllLines(folder.resolve("jobs.txt"))) {
            String[] job = line.split(" ");
            try {
                System.out.println(run(job));
            } catch (Exception error) {
                throw new IllegalStateException(line, error);
            }
        }
    }

    private static String run(String[] job) throws Exception {
        Path file = folder.resolve(job[1]);
        switch (job[0]) {
            case "envelop" -> {
                List<String> options = Arrays.asList(job[3].split("\\+"));
                List<String> recipients = Arrays.asList(job).subList(4, job.length);
                Files.write(file, envelop(job[2], options, recipients));
                return "made " + job[1];
            }
            case "open" -> {
                boolean same = Arrays.equals(open(Files.readAllBytes(file), job[2]), content);
                return (same ? "opened " : "spoilt ") + job[1] + " " + job[2];
            }
            case "compress" -> {
                Files.write(file, compress(job[2].equals("stream")));
                return "made " + job[1];
            }
            case "inflate" -> {
                CMSCompressedData data = new CMSCompressedData(Files.readAllBytes(file));
                boolean same = Arrays.equals(data.getContent(new ZlibExpanderProvider()), content);
                return (same ? "inflated " : "spoilt ") + job[1];
            }
            default -> throw new IllegalArgumentException(job[0]);
        }
    }

    private static byte[] envelop(String cipher, List<String> options, List<String> recipients)
        throws Exception {
        OutputEncryptor encryptor = encryptor(cipher);
        if (encryptor instanceof OutputAEADEncryptor) {
            CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
            for (String recipient : recipients) {
                generator.addRecipientInfoGenerator(recipientInfo(recipient, options));
            }
            if (options.contains("attributes")) {
                generator.setAuthenticatedAttributeGenerator(attributes());
            }
            CMSProcessableByteArray data = new CMSProcessableByteArray(content);
            return generator.generate(data, (OutputAEADEncryptor) encryptor).getEncoded();
        }
        if (options.contains("stream")) {
            CMSEnvelopedDataStreamGenerator generator = new CMSEnvelopedDataStreamGenerator();
            generator.setBufferSize(1000);
            addAll(generator, recipients, options);
            ByteArrayOutputStream octets = new ByteArrayOutputStream();
            try (OutputStream out = generator.open(octets, encryptor)) {
                out.write(content);
            }
            return octets.toByteArray();
        }
        CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
        addAll(generator, recipients, options);
        return generator.generate(new CMSProcessableByteArray(content), encryptor).getEncoded();
    }

    private static void addAll(
        CMSEnvelopedGenerator generator, List<String> recipients, List<String> options)
        throws Exception {
        for (String recipient : recipients) {
            generator.addRecipientInfoGenerator(recipientInfo(recipient, options));
        }
    }

    /** CIPHER, or CIPHER:BITS. */
    private static OutputEncryptor encryptor(String cipher) throws Exception {
        String[] parts = cipher.split(":");
        JceCMSContentEncryptorBuilder builder = parts.length == 1
            ? new JceCMSContentEncryptorBuilder(CIPHERS.get(parts[0]))
            : new JceCMSContentEncryptorBuilder(CIPHERS.get(parts[0]), Integer.parseInt(parts[1]));
        return builder.setProvider(PROVIDER).build();
    }

    private static SimpleAttributeTableGenerator attributes() {
        ASN1EncodableVector attributes = new ASN1EncodableVector();
        // Not in distinguished order; the authenticated form is.
        attributes.add(new Attribute(CMSAttributes.signingTime, new DERSet(new Time(new Date()))));
        attributes.add(
            new Attribute(CMSAttributes.contentType, new DERSet(PKCSObjectIdentifiers.data)));
        return new SimpleAttributeTableGenerator(new AttributeTable(attributes));
    }

    private static RecipientInfoGenerator recipientInfo(String recipient, List<String> options)
        throws Exception {
        String[] parts = recipient.split(":");
        X509Certificate certificate = certificate(parts[0]);
        byte[] identifier = options.contains("ski") ? keyIdentifier(certificate) : null;
        if (parts[1].equals("kari")) {
            KeyPairGenerator pairs = KeyPairGenerator.getInstance("EC", PROVIDER);
            pairs.initialize(
                ((java.security.interfaces.ECPublicKey) certificate.getPublicKey()).getParams());
            KeyPair pair = pairs.generateKeyPair();
            JceKeyAgreeRecipientInfoGenerator generator = new JceKeyAgreeRecipientInfoGenerator(
                AGREEMENTS.get(parts[2]), pair.getPrivate(), pair.getPublic(), WRAPS.get(parts[3]));
            if (identifier == null) {
                generator.addRecipient(certificate);
            } else {
                generator.addRecipient(identifier, certificate.getPublicKey());
            }
            // The same key for somebody else on the curve.
            if (parts.length > 4) {
                generator.addRecipient(certificate(parts[4]));
            }
            if (options.contains("ukm")) {
                generator.setUserKeyingMaterial(new byte[] {1, 2, 3, 4, 5});
            }
            return generator.setProvider(PROVIDER);
        }
        AlgorithmIdentifier algorithm = null;
        if (parts[1].equals("oaep")) {
            algorithm = new JcaAlgorithmParametersConverter().getAlgorithmIdentifier(
                PKCSObjectIdentifiers.id_RSAES_OAEP,
                new OAEPParameterSpec(parts[2], "MGF1", new MGF1ParameterSpec(parts[3]),
                    PSource.PSpecified.DEFAULT));
        }
        JceKeyTransRecipientInfoGenerator generator;
        if (identifier == null) {
            generator = algorithm == null
                ? new JceKeyTransRecipientInfoGenerator(certificate)
                : new JceKeyTransRecipientInfoGenerator(certificate, algorithm);
        } else {
            generator = algorithm == null
                ? new JceKeyTransRecipientInfoGenerator(identifier, certificate.getPublicKey())
                : new JceKeyTransRecipientInfoGenerator(
                    identifier, algorithm, certificate.getPublicKey());
        }
        return generator.setProvider(PROVIDER);
    }

    private static byte[] open(byte[] octets, String name) throws Exception {
        PrivateKey key = key(name);
        boolean agrees = key.getAlgorithm().startsWith("EC");
        boolean authenticated = isAuthenticated(octets);
        RecipientInformationStore store = authenticated
            ? new CMSAuthEnvelopedData(octets).getRecipientInfos()
            : new CMSEnvelopedData(octets).getRecipientInfos();
        RecipientInformation information = agrees
            ? agreeInformation(store, certificate(name))
            : store.get(new JceKeyTransRecipientId(certificate(name)));
        Recipient recipient;
        if (agrees) {
            recipient = authenticated
                ? new KeyAgreeAuthEnvelopedRecipient(key)
                : new JceKeyAgreeEnvelopedRecipient(key).setProvider(PROVIDER);
        } else {
            recipient = authenticated
                ? new JceKeyTransAuthEnvelopedRecipient(key).setProvider(PROVIDER)
                : new JceKeyTransEnvelopedRecipient(key).setProvider(PROVIDER);
        }
        return information.getContent(recipient);
    }

    /** By issuer and serial number, else by key identifier. */
    private static RecipientInformation agreeInformation(
        RecipientInformationStore store, X509Certificate certificate) throws Exception {
        RecipientInformation named = store.get(new JceKeyAgreeRecipientId(certificate));
        return named == null
            ? store.get(new KeyAgreeRecipientId(keyIdentifier(certificate))) : named;
    }

    private static boolean isAuthenticated(byte[] octets) throws Exception {
        org.bouncycastle.asn1.cms.ContentInfo info =
            org.bouncycastle.asn1.cms.ContentInfo.getInstance(octets);
        return info.getContentType().equals(PKCSObjectIdentifiers.id_ct_authEnvelopedData);
    }

    private static byte[] compress(boolean streamed) throws Exception {
        if (streamed) {
            CMSCompressedDataStreamGenerator generator = new CMSCompressedDataStreamGenerator();
            generator.setBufferSize(100);
            ByteArrayOutputStream octets = new ByteArrayOutputStream();
            try (OutputStream out = generator.open(octets, new ZlibCompressor())) {
                out.write(content);
            }
            return octets.toByteArray();
        }
        CMSProcessableByteArray data = new CMSProcessableByteArray(content);
        return new CMSCompressedDataGenerator().generate(data, new ZlibCompressor()).getEncoded();
    }

    private static X509Certificate certificate(String name) throws Exception {
        byte[] octets = Files.readAllBytes(folder.resolve(name + ".cert.der"));
        return (X509Certificate) CertificateFactory.getInstance("X.509", PROVIDER)
            .generateCertificate(new ByteArrayInputStream(octets));
    }

    private static byte[] keyIdentifier(X509Certificate certificate) throws Exception {
        X509CertificateHolder holder = new X509CertificateHolder(certificate.getEncoded());
        return org.bouncycastle.asn1.x509.SubjectKeyIdentifier
            .fromExtensions(holder.getExtensions()).getKeyIdentifier();
    }

    private static PrivateKey key(String name) throws Exception {
        byte[] octets = Files.readAllBytes(folder.resolve(name + ".key.der"));
        String algorithm = certificate(name).getPublicKey().getAlgorithm();
        return KeyFactory.getInstance(algorithm, PROVIDER)
            .generatePrivate(new PKCS8EncodedKeySpec(octets));
    }

    /** What Bouncy Castle 1.72 has for key transport only. */
    private static final class KeyAgreeAuthEnvelopedRecipient extends JceKeyAgreeRecipient {
        KeyAgreeAuthEnvelopedRecipient(PrivateKey key) {
            super(key);
            setProvider(PROVIDER);
        }

        @Override
        public RecipientOperator getRecipientOperator(
            AlgorithmIdentifier keyAlgorithm, AlgorithmIdentifier contentAlgorithm,
            SubjectPublicKeyInfo sender, ASN1OctetString keyingMaterial, byte[] encryptedKey)
            throws CMSException {
            Key key = extractSecretKey(
                keyAlgorithm, contentAlgorithm, sender, keyingMaterial, encryptedKey);
            GCMParameters parameters = GCMParameters.getInstance(contentAlgorithm.getParameters());
            try {
                Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", PROVIDER);
                cipher.init(Cipher.DECRYPT_MODE, key,
                    new GCMParameterSpec(8 * parameters.getIcvLen(), parameters.getNonce()));
                return new RecipientOperator(new Decryptor(cipher, contentAlgorithm));
            } catch (java.security.GeneralSecurityException error) {
                throw new CMSException("cipher", error);
            }
        }
    }

    private static final class Decryptor implements InputAEADDecryptor {
        private final Cipher cipher;
        private final AlgorithmIdentifier algorithm;

        Decryptor(Cipher cipher, AlgorithmIdentifier algorithm) {
            this.cipher = cipher;
            this.algorithm = algorithm;
        }

        @Override
        public AlgorithmIdentifier getAlgorithmIdentifier() {
            return algorithm;
        }

        @Override
        public InputStream getInputStream(InputStream input) {
            return new org.bouncycastle.jcajce.io.CipherInputStream(input, cipher);
        }

        @Override
        public OutputStream getAADStream() {
            return new OutputStream() {
                @Override
                public void write(int octet) {
                    cipher.updateAAD(new byte[] {(byte) octet});
                }
            };
        }

        @Override
        public byte[] getMAC() {
            // It is at the end of what the cipher reads.
            return null;
        }
    }
}
